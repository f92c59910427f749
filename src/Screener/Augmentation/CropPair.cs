using Screener.Imaging;

namespace Screener.Augmentation;

/// <summary>Two overlapping crops of one volume, and where the same points of the patient lie in both.</summary>
/// <param name="Shape">Voxels of either crop along [D, H, W].</param>
/// <param name="First">The first crop's intensities, [D, H, W], 0 to 1; air outside the volume is 0.</param>
/// <param name="Second">The second crop's intensities, [D, H, W], 0 to 1.</param>
/// <param name="FirstPositions">[n, 3]: fractional voxel positions (d, h, w) in the first crop, 0 to size - 1.</param>
/// <param name="SecondPositions">[n, 3]: the same points of the patient in the second crop.</param>
/// <param name="FirstSpacing">Voxel spacing of the first crop along its own axes, mm.</param>
/// <param name="SecondSpacing">Voxel spacing of the second crop along its own axes, mm.</param>
/// <param name="FirstToVolume">Where the first crop lies in the volume.</param>
/// <param name="SecondToVolume">Where the second crop lies in the volume.</param>
public sealed record CropPair(
    VolumeShape Shape,
    float[] First,
    float[] Second,
    float[] FirstPositions,
    float[] SecondPositions,
    Spacing FirstSpacing,
    Spacing SecondSpacing,
    CropPlacement FirstToVolume,
    CropPlacement SecondToVolume);
