using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.SyntheticLesions;

namespace Screener.FineTuning;

/// <summary>Weights of a model that fine-tuning begins with; the last layer is new.</summary>
public sealed class StartingWeights
{
    /// <summary>The network that learnt the model's map.</summary>
    public const string Distilled = "distilled";

    /// <summary>The network that finds drawn-in lesions, with which the distilled one began.</summary>
    public const string DrawnLesions = "lesions";

    /// <summary>The descriptor, in its own shape and on CTs prepared as it wants them: its first layer fits no other network.</summary>
    public const string Descriptor = "descriptor";

    /// <summary>None: the distilled network's shape, or the lesion network's where there is none, with random weights.</summary>
    public const string Random = "random";

    private readonly Func<RandomStream, DenseNetwork> _make;
    private readonly DenseNetwork? _from;

    private StartingWeights(
        string name, PreprocessingOptions preprocessing, VolumeShape crop, Func<RandomStream, DenseNetwork> make, DenseNetwork? from) =>
        (Name, Preprocessing, CropShape, _make, _from) = (name, preprocessing, crop, make, from);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Distilled, DrawnLesions, Descriptor, Random];

    /// <summary>Which they are.</summary>
    public string Name { get; }

    /// <summary>How CTs are prepared for the network.</summary>
    public PreprocessingOptions Preprocessing { get; }

    /// <summary>Voxels of a crop.</summary>
    public VolumeShape CropShape { get; }

    /// <summary>Those of a model.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="model">The model; it must live as long.</param>
    /// <exception cref="OptionException">There are none of that name, or the model has none.</exception>
    public static StartingWeights Of(string name, ScreenerModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var distilled = model.Distilled?.Network;
        var lesions = model.Ensemble?.Finest;
        return name switch
        {
            Distilled => OfLesions(distilled ?? throw Lacking("a distilled network", "screener distil"), isFresh: false),
            DrawnLesions => OfLesions(lesions ?? throw Lacking("a lesion network", "screener ensemble"), isFresh: false),
            Random => OfLesions(distilled ?? lesions ?? throw Lacking("a lesion network", "screener ensemble"), isFresh: true),
            Descriptor => new(
                name, model.Preprocessing, model.FittingOptions.PatchShape,
                random => new DescriptorModel(model.Descriptor.Options with { DescriptorChannels = 1 }, random), model.Descriptor),
            _ => throw new OptionException(nameof(name), $"'{name}'", string.Join(", ", Names)),
        };

        StartingWeights OfLesions(LesionNetwork network, bool isFresh) => new(
            name, network.Options.Preprocessing, network.Options.CropShape, random => new LesionNetwork(network.Options, random),
            isFresh ? null : network);

        OptionException Lacking(string what, string verb) => new(
            nameof(model), $"a model without {what}", "one that has it", $"Make one with '{verb}', or leave '{name}' out of the starts.");
    }

    /// <summary>A network with these weights under a new last layer; the caller owns it.</summary>
    /// <param name="random">Draws what is new: the same for the same shape.</param>
    public DenseNetwork Create(RandomStream random)
    {
        var network = _make(random);
        if (_from is not null)
            network.CopyFrom(_from, withHead: false);
        return network;
    }
}
