using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;
using static TorchSharp.torch;

namespace Screener.Interactive.Features;

/// <summary>A feature vector per voxel, such as a descriptor or condition map. Shown as colours: see <see cref="FeatureColors"/>.</summary>
public sealed class FeatureMap
{
    /// <summary>Copies a map; the tensor stays the caller's.</summary>
    /// <param name="features">[C, D, H, W], or [1, C, D, H, W].</param>
    /// <param name="caption">What it is.</param>
    /// <exception cref="OptionException">The shape is another.</exception>
    public FeatureMap(Tensor features, string caption = "")
    {
        ArgumentNullException.ThrowIfNull(features);
        long[] shape = features.shape;
        if (shape.Length == 5 && shape[0] == 1)
            shape = shape[1..];
        if (shape.Length != 4 || shape.Contains(0))
            throw new OptionException(nameof(features), $"shape [{string.Join(", ", features.shape)}]", "[C, D, H, W] or [1, C, D, H, W]");
        using var scope = NewDisposeScope();
        Channels = (int)shape[0];
        Shape = new VolumeShape((int)shape[1], (int)shape[2], (int)shape[3]);
        Values = features.detach().to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
        Caption = caption;
    }

    /// <summary>C, the length of a feature vector.</summary>
    public int Channels { get; }

    /// <summary>Voxels along [D, H, W].</summary>
    public VolumeShape Shape { get; }

    /// <summary>[C, D, H, W].</summary>
    public float[] Values { get; }

    /// <summary>What it is.</summary>
    public string Caption { get; }

    /// <summary>The distance between voxel centres; only its proportions matter here.</summary>
    public Spacing Spacing { get; init; } = new(1, 1, 1);
}

/// <summary>Feature maps side by side in the same colours: equal colours are equal features.</summary>
/// <param name="Maps">Maps of the same number of channels.</param>
/// <param name="Title">The heading; may be empty.</param>
public sealed record FeatureView(IReadOnlyList<FeatureMap> Maps, string Title = "")
{
    /// <summary>The colours; null fits them to all the maps together.</summary>
    public FeatureColors? Colors { get; init; }

    /// <summary>Each map in colours of its own: for maps of different networks, whose features have nothing in common.</summary>
    public bool ColorsApart { get; init; }
}
