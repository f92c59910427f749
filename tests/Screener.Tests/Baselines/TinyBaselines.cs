using Screener.Baselines;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;

namespace Screener.Tests.Baselines;

/// <summary>Baselines so small that a step takes milliseconds, and volumes for them.</summary>
internal static class TinyBaselines
{
    private static readonly CodeShape Code = new() { Levels = 2, FirstChannels = 4, MostChannels = 8, Kernel = 3, CodeLength = 16 };
    private static readonly UNetOptions UNet = UNetOptions.Quick with { Channels = [8, 16], Depths = [1, 1] };

    private static readonly IReadOnlyList<BaselineOptions> All =
    [
        AutoencoderOptions.Quick with { Network = Code, MedianEdge = 3 },
        DraemOptions.Quick with { Reconstruction = Code with { CodeLength = 0 }, Discrimination = UNet, CleanShare = 0 },
        ForeignPatchOptions.Quick with { Network = UNet },
        FAnoGanOptions.Quick with { Channels = 4, Levels = 2, CodeLength = 8, AdversarialShare = 0.5 },
        PatchedDiffusionOptions.Quick with { Network = UNet, MedianEdge = 3, Wavelength = 8 },
        SupervisedFlowOptions.Quick with { Network = UNet with { DescriptorChannels = 4 }, Blocks = 2, HiddenChannels = 8, Classes = 3 },
        MultiScaleFlowOptions.Quick with { FirstChannels = 4, Blocks = [1, 2], SlicesPerCrop = 4, Classes = 3 },
    ];

    // Labels lie beside CTs, so that there must be a place for them.
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "tiny-baselines");

    internal static IReadOnlyList<PreparedVolume> Volumes { get; } = [Volume(24, 1), Volume(30, 2)];

    internal static BaselineOptions Of(string name)
    {
        var options = All.Single(o => o.Name == name);
        return options with
        {
            Seed = 4, CropShape = new(16, 16, 16), CropsPerStep = 2, Optimisation = options.Optimisation with { Steps = 8 },
        };
    }

    // Air beside a smooth body.
    private static PreparedVolume Volume(int depth, ulong seed)
    {
        var random = new RandomStream(seed);
        var grid = new VolumeGrid(new(depth, 26, 28), Affine.Canonical(new(3, 3, 3)));
        var voxels = new float[grid.Shape.CheckedLength()];
        var organs = new byte[voxels.Length];
        for (int i = 0; i < voxels.Length; i++)
        {
            organs[i] = (byte)(i % 28 < 9 ? 0 : 2);
            voxels[i] = (organs[i] == 0 ? 0.2f : 0.6f) + (float)random.Uniform(-0.02, 0.02);
        }

        string name = $"v{seed}";
        NiftiWriter.Write(Path.Combine(Folder, $"{name}-organs.nii.gz"), new LabelVolume(grid, organs));
        return new PreparedVolume(
            grid, voxels, grid, Path.Combine(Folder, $"{name}.nii.gz"), PreprocessingOptions.Quick.Fingerprint());
    }
}
