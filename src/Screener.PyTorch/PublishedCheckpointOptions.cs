using Screener.Errors;
using Screener.Imaging;
using Screener.Training;

namespace Screener.PyTorch;

/// <summary>The order of the spatial axes for which a checkpoint's convolutions were trained.</summary>
public enum CheckpointAxes
{
    /// <summary>[N, C, rows, columns, slices], as the published code lays out its volumes: kernels are turned to [D, H, W].</summary>
    SlicesLast,

    /// <summary>[N, C, D, H, W], as here: kernels stay as they are.</summary>
    SlicesFirst,
}

/// <summary>What a checkpoint does not say itself.</summary>
public sealed record PublishedCheckpointOptions
{
    /// <summary>For the files of the published code.</summary>
    public static PublishedCheckpointOptions Paper { get; } = new();

    /// <summary>The order of the axes. The code flips and turns its crops in training, so that only the place of the slices matters.</summary>
    public CheckpointAxes Axes { get; init; } = CheckpointAxes.SlicesLast;

    /// <summary>What stands before the network's names, as in "descriptor_model."; null looks for it.</summary>
    public string? Prefix { get; init; }

    /// <summary>Kernel and stride with which a flow's features were pooled, in voxels; the paper's 3 x 3 x 2, slices last.</summary>
    public VolumeShape PoolKernel { get; init; } = DensityFittingOptions.Paper.PoolKernel;

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionException">A field is out of range; it is named.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Axes))
            throw new OptionException(nameof(Axes), $"{Axes}", string.Join(" or ", Enum.GetNames<CheckpointAxes>()));
        foreach (var (name, kernel) in new[] { ("Depth", PoolKernel.Depth), ("Height", PoolKernel.Height), ("Width", PoolKernel.Width) })
            OptionException.ThrowIfOutside($"{nameof(PoolKernel)}.{name}", kernel, 1, 64);
    }
}
