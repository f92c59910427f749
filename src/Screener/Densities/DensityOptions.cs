using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Screener.Errors;
using Screener.Randomness;
using Screener.Storage;

namespace Screener.Densities;

/// <summary>
/// A family of densities with its settings: it makes the density. A new family is one class, with the module it makes inside: it is
/// fitted, ablated, saved, screened with and reported wherever one of the library is. Its settings are properties that can be set.
/// </summary>
[JsonConverter(typeof(KindConverter<DensityOptions>))]
public abstract record DensityOptions : IKind<DensityOptions>
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual string? FormerName => null;

    /// <summary>What the paper calls it: "gaussian" or "flow"; null where it has no numbers for it.</summary>
    public virtual string? PaperName => null;

    /// <summary>The family as a laptop's processor takes it.</summary>
    public virtual DensityOptions Small => this;

    /// <summary>Numbers that scoring takes for each position at a time, about; for the estimate of memory.</summary>
    public virtual int Width => 256;

    /// <inheritdoc/>
    public static DensityOptions Unknown(string name, JsonObject options) => new UnknownDensity(name, options);

    /// <summary>Makes a density, its weights drawn from <paramref name="random"/>; the caller owns it.</summary>
    /// <param name="featureChannels">d, the length of a feature vector.</param>
    /// <param name="conditionChannels">c, the length of a condition vector; 0 for a marginal density.</param>
    /// <param name="random">Where the weights come from.</param>
    public abstract DensityModel Create(int featureChannels, int conditionChannels, RandomStream random);

    /// <summary>No density of these options has fewer numbers: a file with fewer is not one.</summary>
    public virtual long LeastNumbers(bool isConditional) => 0;

    /// <inheritdoc/>
    public virtual void Validate()
    {
    }

    /// <summary>A file's density that no class of this program makes.</summary>
    private sealed record UnknownDensity(string Named, JsonObject Options) : DensityOptions, IUnknownKind
    {
        public override string Name => Named;

        public override DensityModel Create(int featureChannels, int conditionChannels, RandomStream random) => throw Unusable();

        public override void Validate() => throw Unusable();

        private OptionException Unusable() => new(
            "density", $"'{Named}'", $"{string.Join(", ", Kinds<DensityOptions>.OfLibrary.Select(k => k.Name))}, or a class of that name",
            "Correct the name, or define the class before you read the file.");
    }
}
