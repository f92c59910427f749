using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;

namespace Screener.Datasets.Layouts;

/// <summary>NIfTI files of raw folders, in zips as well; MetaImage and NRRD by themselves.</summary>
internal static class RawNifti
{
    /// <summary>How many voxels a file has by its header; 0 if that cannot be read: reading the file will say why.</summary>
    internal static long VoxelsOf(RawFile file)
    {
        try
        {
            return file.Entry is null
                ? VolumeFiles.ReadHeader(file.Path).Header.Shape.VoxelCount
                : NiftiVolumeReader.ReadHeader(file.Name, file.Open, file.Size).Shape.VoxelCount;
        }
        catch (ScreenerException)
        {
            return 0;
        }
    }
}
