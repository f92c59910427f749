using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Models;
using Screener.Storage;
using static TorchSharp.torch;

namespace Screener.Conditions;

/// <summary>Where a patch lies in the prepared volume it was cut from.</summary>
/// <param name="Volume">The whole volume's shape, in voxels.</param>
/// <param name="D">The patch's first voxel along D; outside the volume where the patch is padded.</param>
/// <param name="H">The patch's first voxel along H.</param>
/// <param name="W">The patch's first voxel along W.</param>
public readonly record struct PatchPlacement(VolumeShape Volume, int D, int H, int W);

/// <summary>
/// What the density model is told about a position (arXiv 2502.08321, section 3.3 and ablation). A new condition is one class: it is
/// fitted, ablated, saved, screened with and reported wherever one of the library is. Its settings are properties that can be set.
/// </summary>
[JsonConverter(typeof(KindConverter<Condition>))]
public abstract record Condition : IKind<Condition>
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public virtual string? FormerName => null;

    /// <summary>What the paper calls it: "none", "sin-cos", "ape" or "masking-invariant"; null where it has no numbers for it.</summary>
    public virtual string? PaperName => null;

    /// <summary>The pretrained network that it asks, as <see cref="DenseNetwork.Stage"/> names it; null for none.</summary>
    public virtual string? NetworkStage => null;

    /// <summary>c, the length of a condition vector; 0 for none. One that asks a network knows it <see cref="Over"/> that.</summary>
    public abstract int Channels { get; }

    /// <summary>
    /// Equal for conditions that give equal maps and different otherwise, such as a name with all settings, the network aside: then maps
    /// and results of ablations are kept under it. Null, the default, keeps nothing.
    /// </summary>
    public virtual string? ContentKey => null;

    /// <summary>Whether its maps are sooner computed than read: they are not kept.</summary>
    public virtual bool IsCheap => false;

    /// <inheritdoc/>
    public static Condition Unknown(string name, JsonObject options) => new UnknownCondition(name, options);

    /// <summary>The same over the network that it asks; the caller keeps owning it.</summary>
    public virtual Condition Over(DenseNetwork network) => this;

    /// <inheritdoc/>
    public virtual void Validate()
    {
    }

    /// <summary>The pooled condition map of a batch of patches.</summary>
    /// <param name="images">[N, 1, D, H, W], intensities in [0, 1].</param>
    /// <param name="placements">Where the N patches lie.</param>
    /// <param name="poolKernel">Kernel and stride of the pooling along (d, h, w), in voxels.</param>
    /// <returns>[N, c, D / k_d, H / k_h, W / k_w], float32, on the images' device, which the caller owns; null if <see cref="Channels"/> is
    /// 0.</returns>
    public abstract Tensor? Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel);

    /// <summary><see cref="Channels"/> over a network of this shape, which need not have been read.</summary>
    internal virtual int ChannelsOver(UNetOptions network) => Channels;

    /// <summary>A file's condition that no class of this program is.</summary>
    private sealed record UnknownCondition(string Named, JsonObject Options) : Condition, IUnknownKind
    {
        public override string Name => Named;

        public override int Channels => throw Unusable();

        public override void Validate() => throw Unusable();

        public override Tensor Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel) => throw Unusable();

        private OptionException Unusable() => new(
            "condition", $"'{Named}'", $"{string.Join(", ", Kinds<Condition>.OfLibrary.Select(k => k.Name))}, or a class of that name",
            "Correct the name, or define the class before you read the file.");
    }
}
