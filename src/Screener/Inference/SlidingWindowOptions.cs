using Screener.Errors;
using Screener.Imaging;

namespace Screener.Inference;

/// <summary>How overlapping windows are weighted when they are averaged.</summary>
public enum WindowWeights
{
    /// <summary>A Gaussian about the window's centre, so that windows hardly count at their borders.</summary>
    Gaussian,

    /// <summary>All voxels the same.</summary>
    Constant,

    /// <summary>In straight lines from the centre to nothing at the border: where two windows overlap, one fades into the other.</summary>
    Linear,
}

/// <summary>How a volume is covered by windows (paper, app. F; 50 % overlap and Gaussian weights as in the published code).</summary>
public sealed record SlidingWindowOptions
{
    /// <summary>The paper's windows.</summary>
    public static SlidingWindowOptions Paper { get; } = new();

    /// <summary>Windows of the Quick profile: 144 mm at 3 mm.</summary>
    public static SlidingWindowOptions Quick { get; } = new() { Window = new(48, 48, 48), BatchSize = 4 };

    /// <summary>The window in voxels of the prepared volume; the crop size of the training.</summary>
    public VolumeShape Window { get; init; } = new(64, 96, 96);

    /// <summary>The fraction of a window that the next one covers again, in [0, 0.9].</summary>
    public double Overlap { get; init; } = 0.5;

    /// <summary>The weights of the average.</summary>
    public WindowWeights Weights { get; init; } = WindowWeights.Gaussian;

    /// <summary>The Gaussian's standard deviation, as a fraction of the window along each axis.</summary>
    public double GaussianSigma { get; init; } = 0.125;

    /// <summary>Windows that go through the networks together.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>The device that sums the windows: "cpu", "cuda" or "cuda:n". The windows themselves run on the model's device.</summary>
    public string StitchDevice { get; init; } = "cpu";

    /// <summary>Windows of the size that the model's densities were fitted on; with an ensemble they overlap as it says, fading.</summary>
    public static SlidingWindowOptions For(ScreenerModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var window = model.FittingOptions.PatchShape;
        return model.Ensemble is { } ensemble ? Fading(window, ensemble.Options.Overlap) : For(window);
    }

    /// <summary>Windows of a given size; small ones go through the networks several at a time.</summary>
    public static SlidingWindowOptions For(VolumeShape window) =>
        new() { Window = window, BatchSize = window.VoxelCount <= Quick.Window.VoxelCount ? Quick.BatchSize : Paper.BatchSize };

    /// <summary>The same, fading into one another: where a quarter overlaps, a Gaussian would leave seams.</summary>
    public static SlidingWindowOptions Fading(VolumeShape window, double overlap) =>
        For(window) with { Overlap = overlap, Weights = WindowWeights.Linear };

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A value is out of range.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside("SlidingWindowOptions.Window.Depth", Window.Depth, 1, 4096);
        OptionException.ThrowIfOutside("SlidingWindowOptions.Window.Height", Window.Height, 1, 4096);
        OptionException.ThrowIfOutside("SlidingWindowOptions.Window.Width", Window.Width, 1, 4096);
        OptionException.ThrowIfOutside("SlidingWindowOptions.Overlap", Overlap, 0.0, 0.9);
        OptionException.ThrowIfOutside("SlidingWindowOptions.GaussianSigma", GaussianSigma, 0.01, 10.0);
        OptionException.ThrowIfOutside("SlidingWindowOptions.BatchSize", BatchSize, 1, 4096);
    }
}
