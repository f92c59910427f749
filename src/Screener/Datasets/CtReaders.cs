using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.MetaImage;
using Screener.Imaging.Nifti;
using Screener.Imaging.Nrrd;

namespace Screener.Datasets;

/// <summary>Every format of CT that can be read.</summary>
public static class CtReaders
{
    /// <summary>Dataset caches, NIfTI, MetaImage, NRRD, DICOM.</summary>
    /// <param name="threads">Processor threads for a series' slices; 0 means one per processor.</param>
    public static VolumeReaders All(int threads = 0) =>
        new(new HuVolumeReader(), new NiftiVolumeReader(), new MetaImageReader(), new NrrdReader(), new DicomSeriesReader(threads));
}
