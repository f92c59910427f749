using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.Nifti;

namespace Screener.Datasets;

/// <summary>Every format of CT that can be read.</summary>
public static class CtReaders
{
    /// <summary>Dataset caches, NIfTI, DICOM.</summary>
    /// <param name="threads">Processor threads for a series' slices; 0 means one per processor.</param>
    public static VolumeReaders All(int threads = 0) =>
        new(new HuVolumeReader(), new NiftiVolumeReader(), new DicomSeriesReader(threads));
}
