using Screener.Imaging;
using Screener.Preprocessing;
using Screener.SyntheticLesions;

namespace Screener.Tests.SyntheticLesions;

/// <summary>A lesion network so small that a step takes milliseconds.</summary>
internal static class TinyLesions
{
    internal static LesionNetworkOptions Options { get; } = LesionNetworkOptions.Quick with
    {
        Seed = 4,
        Network = LesionNetworkOptions.Quick.Network with { Channels = [8, 16], Depths = [1, 1] },
        CropShape = new(16, 16, 16),
        CropsPerStep = 2,
        Lesions = new() { HealthyShare = 0 },
        Optimisation = LesionNetworkOptions.Quick.Optimisation with { Steps = 8 },
    };

    /// <summary>Lung beside soft tissue, prepared as the options say.</summary>
    internal static IReadOnlyList<PreparedVolume> Volumes { get; } = [Volume(24), Volume(30)];

    private static PreparedVolume Volume(int depth)
    {
        var grid = new VolumeGrid(new(depth, 26, 28), Affine.Canonical(new(3, 3, 3)));
        var voxels = new float[grid.Shape.CheckedLength()];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = ((i % 28 < 12 ? -800 : 50) + (i % 7) + 1000) / 1600f;
        return new PreparedVolume(grid, voxels, grid, "made up", Options.Preprocessing.Fingerprint());
    }
}
