using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Interactive.Features;

/// <summary>A piece of a prepared volume, as a network sees it.</summary>
/// <param name="Shape">Voxels along [D, H, W].</param>
/// <param name="Intensities">[D, H, W], 0 to 1; drawn from black to white.</param>
/// <param name="Caption">What it is.</param>
public sealed record Patch(VolumeShape Shape, float[] Intensities, string Caption = "")
{
    /// <summary>The distance between voxel centres; only its proportions matter here.</summary>
    public Spacing Spacing { get; init; } = new(1, 1, 1);

    /// <summary>[D, H, W], 1 = visible, 0 = hidden: what is hidden is tinted. Null shows everything.</summary>
    public float[]? Visible { get; init; }
}

/// <summary>Patches side by side: the middle axial slice of each.</summary>
/// <param name="Patches">The patches.</param>
/// <param name="Title">The heading; may be empty.</param>
public sealed record PatchGallery(IReadOnlyList<Patch> Patches, string Title = "")
{
    /// <summary>The most patches that are drawn; a line says how many were left out.</summary>
    public const int MostShown = 48;

    /// <summary>The images of a batch. They are copied; the tensors stay the caller's.</summary>
    /// <param name="images">[N, 1, D, H, W], 0 to 1.</param>
    /// <param name="visible">[N, 1, D, H, W], 1 = visible; null shows everything.</param>
    /// <param name="captions">One per image; null numbers them.</param>
    /// <exception cref="OptionException">A shape does not fit.</exception>
    public static PatchGallery Of(Tensor images, Tensor? visible = null, IReadOnlyList<string>? captions = null)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.dim() != 5 || images.shape[1] != 1)
            throw new OptionException(nameof(images), $"shape [{string.Join(", ", images.shape)}]", "[N, 1, D, H, W]");
        if (visible is not null && !visible.shape.AsSpan().SequenceEqual(images.shape))
            throw new OptionException(nameof(visible), $"shape [{string.Join(", ", visible.shape)}]", $"[{string.Join(", ", images.shape)}], the images'");
        if (captions is not null && captions.Count != images.shape[0])
            throw new OptionException(nameof(captions), $"{captions.Count} captions", $"{images.shape[0]}, one per image");
        var shape = new VolumeShape((int)images.shape[2], (int)images.shape[3], (int)images.shape[4]);
        return new PatchGallery([.. Enumerable.Range(0, (int)images.shape[0]).Select(i =>
            new Patch(shape, Values(images, i), captions?[i] ?? $"{i}") { Visible = visible is null ? null : Values(visible, i) })]);
    }

    private static float[] Values(Tensor images, int index)
    {
        using var scope = NewDisposeScope();
        return images.detach()[index, 0].to_type(ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }
}
