using System.Collections.Immutable;
using Screener.Errors;

namespace Screener.Models;

/// <summary>The shape of the residual 3-D UNet and of its pyramid head. The defaults are the paper's size "base".</summary>
public sealed record UNetOptions
{
    /// <summary>Six levels, full resolution, 32-dimensional descriptors (arXiv 2502.08321, section 4 and published code).</summary>
    public static UNetOptions Paper { get; } = new();

    /// <summary>Four levels at half resolution, for a laptop's CPU.</summary>
    public static UNetOptions Quick { get; } = new()
    {
        Channels = [16, 32, 64, 128],
        Depths = [1, 1, 1, 1],
        StemStride = 2,
        LayerScaleStart = 1,
    };

    /// <summary>Channels of the input [N, C, D, H, W]: 1 for CT intensities.</summary>
    public int InChannels { get; init; } = 1;

    /// <summary>Channels per level, finest first.</summary>
    public ImmutableArray<int> Channels { get; init; } = [16, 32, 64, 128, 256, 512];

    /// <summary>Residual blocks per level, finest first. The way up has as many as the way down (open in the paper).</summary>
    public ImmutableArray<int> Depths { get; init; } = [1, 1, 2, 2, 4, 4];

    /// <summary>
    /// 1: the finest level has the input's resolution (paper). 2 or 4: a half or a quarter of it, and the output is upsampled trilinearly.
    /// </summary>
    public int StemStride { get; init; } = 1;

    /// <summary>d, the length of a descriptor: 32 in the paper, 128 in its ablation.</summary>
    public int DescriptorChannels { get; init; } = 32;

    /// <summary>
    /// What each residual branch is multiplied by at the start. Open in the paper; the authors' own layer starts at 1e-5,
    /// which needs tens of thousands of steps to open up, so <see cref="Quick"/> starts at 1.
    /// </summary>
    public double LayerScaleStart { get; init; } = 1e-5;

    /// <summary>The number of levels.</summary>
    public int Levels => Channels.Length;

    /// <summary>The smallest input along any axis, in voxels.</summary>
    public int MinimumInput => StemStride << (Levels - 1);

    /// <summary>No network of these options has fewer numbers: those of the residual blocks on the way down.</summary>
    internal long LeastNumbers => Channels.Zip(Depths, (channels, depth) => depth * 2L * 27 * channels * channels).Sum();

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionException">A field is out of range; it is named.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(InChannels), InChannels, 1, 1024);
        if (Channels.IsDefaultOrEmpty || Channels.Length > 8)
            throw new OptionException(nameof(Channels), Channels.IsDefault ? "nothing" : $"{Channels.Length} levels", "1 to 8 levels");
        if (Depths.IsDefault || Depths.Length != Channels.Length)
            throw new OptionException(
                nameof(Depths), Depths.IsDefault ? "nothing" : $"{Depths.Length} levels",
                $"{Channels.Length} levels, as in {nameof(Channels)}");
        foreach (int channels in Channels)
        {
            OptionException.ThrowIfOutside(nameof(Channels), channels, 4, 8192);
            if (channels % GroupNormalization.GroupsFor(channels) != 0)
                throw new OptionException(nameof(Channels), $"{channels}", "multiples of 4, and above 128 multiples of 32");
        }

        foreach (int depth in Depths)
            OptionException.ThrowIfOutside(nameof(Depths), depth, 1, 64);
        if (StemStride is not (1 or 2 or 4))
            throw new OptionException(nameof(StemStride), $"{StemStride}", "1, 2 or 4");
        OptionException.ThrowIfOutside(nameof(DescriptorChannels), DescriptorChannels, 1, 8192);
        OptionException.ThrowIfOutside(nameof(LayerScaleStart), LayerScaleStart, 1e-12, 10);
    }

    /// <summary>Equal if every field is, lists by their elements.</summary>
    public bool Equals(UNetOptions? other) =>
        other is not null
        && InChannels == other.InChannels
        && Same(Channels, other.Channels)
        && Same(Depths, other.Depths)
        && StemStride == other.StemStride
        && DescriptorChannels == other.DescriptorChannels
        && LayerScaleStart.Equals(other.LayerScaleStart);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(InChannels);
        foreach (int c in Channels.IsDefault ? [] : Channels)
            hash.Add(c);
        foreach (int d in Depths.IsDefault ? [] : Depths)
            hash.Add(d);
        hash.Add(StemStride);
        hash.Add(DescriptorChannels);
        hash.Add(LayerScaleStart);
        return hash.ToHashCode();
    }

    private static bool Same(ImmutableArray<int> a, ImmutableArray<int> b) =>
        a.IsDefault || b.IsDefault ? a.IsDefault == b.IsDefault : a.AsSpan().SequenceEqual(b.AsSpan());
}
