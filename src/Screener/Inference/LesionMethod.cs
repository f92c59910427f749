using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;
using Screener.SyntheticLesions;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Screener.Inference;

/// <summary>Networks that were trained on lesions drawn into CT: log-odds that a voxel belongs to one, the mean of what they say.</summary>
public sealed class LesionMethod : AnomalyMethod
{
    private readonly double _overlap;
    private readonly string _name;

    /// <param name="networks">One or more that look at CTs in the same way; the caller owns them.</param>
    /// <param name="overlap">How much of a window the next one covers again.</param>
    /// <param name="name">The method's.</param>
    /// <exception cref="OptionException">There is none, or they want CTs prepared or cut differently.</exception>
    public LesionMethod(IReadOnlyList<LesionNetwork> networks, double overlap = 0.5, string name = MethodName)
    {
        ArgumentNullException.ThrowIfNull(networks);
        if (networks.Select(n => (n.Options.Preprocessing, n.Options.CropShape)).Distinct().Count() != 1)
        {
            throw new OptionException(
                nameof(networks), networks.Count == 0 ? "none" : "networks for differently prepared CTs",
                "lesion networks with the same preprocessing and crops", "Train them with the same options.");
        }

        (Networks, _overlap, _name) = (networks, overlap, name);
    }

    /// <summary>The name of the first kind.</summary>
    public const string MethodName = "drawn lesions";

    /// <summary>The name of those beside it that had masses to find (<see cref="SyntheticLesionOptions.MassShare"/>).</summary>
    public const string MassesName = "drawn masses";

    /// <inheritdoc/>
    public override string Name => _name;

    /// <summary>The networks.</summary>
    internal IReadOnlyList<LesionNetwork> Networks { get; }

    /// <summary>
    /// One for each kind of networks: those of a spacing, without masses to find or with; the finest first, and without before with. The
    /// first is "drawn lesions" whatever it had to find, coarser ones are named by their spacing.
    /// </summary>
    /// <exception cref="OptionException">Networks of one kind want CTs prepared or cut differently, or two kinds have one name.</exception>
    internal static IReadOnlyList<LesionMethod> Of(IReadOnlyList<LesionNetwork> networks, double overlap = 0.5)
    {
        var kinds = networks.GroupBy(
            n => (Mm: Math.Cbrt(n.Options.Preprocessing.TargetSpacing.VoxelVolume), Masses: n.Options.Lesions.MassShare > 0))
            .OrderBy(g => g.Key).ToList();
        LesionMethod[] methods =
            [.. kinds.Select((g, i) => new LesionMethod([.. g], overlap, i == 0 ? MethodName : NameOf(g.Key.Mm, g.Key.Masses)))];
        if (methods.GroupBy(m => m.Name).FirstOrDefault(g => g.Count() > 1) is { } same)
            throw new OptionException(nameof(networks), $"two kinds named '{same.Key}'", "spacings 0.1 mm apart, or the same");
        return methods;

        string NameOf(double mm, bool masses) =>
            (masses ? MassesName : MethodName) + (mm > kinds[0].Key.Mm ? Invariant($" at {mm:0.#} mm") : "");
    }

    /// <inheritdoc/>
    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        scan.Shared(this, () => Screen(scan, progress, cancellation)).Map(0, cancellation);

    private ScreenedVolume Screen(PatientScan scan, IProgress<double>? progress, CancellationToken cancellation)
    {
        var prepared = scan.Prepared(Networks[0].Options.Preprocessing, cancellation);
        var windows = SlidingWindowOptions.Fading(Networks[0].Options.CropShape, _overlap);
        return Screening.InWindows(scan, prepared, 1, windows, (patches, _) => Score(patches), null, progress, cancellation);
    }

    private Tensor Score(Tensor patches)
    {
        using var guard = inference_mode();
        using var scope = NewDisposeScope();
        var sum = Networks.Select(n => n.forward(patches)).Aggregate((sum, one) => sum.Plus(one));
        return sum.Times(1.0 / Networks.Count).MoveToOuterDisposeScope();
    }
}
