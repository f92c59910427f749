using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Imaging.MetaImage;
using Screener.Imaging.Nifti;
using Screener.Imaging.Nrrd;
using Screener.Imaging.SimpleItk;

namespace Screener.Datasets;

/// <summary>Every format of CT that can be read.</summary>
public static class CtReaders
{
    /// <summary>Dataset caches, NIfTI, MetaImage, NRRD, DICOM; then SimpleITK, where its variable names a folder.</summary>
    /// <param name="threads">Processor threads for a series' slices; 0 means one per processor.</param>
    /// <param name="convert">Whether gdcm or dcmtk may unpack a copy of DICOM that is compressed otherwise.</param>
    public static VolumeReaders All(int threads = 0, bool convert = false) => new(
        [
            new HuVolumeReader(), new NiftiVolumeReader(), new MetaImageReader(), new NrrdReader(),
            new DicomSeriesReader(threads, convert: convert), .. SimpleItkReader.FromEnvironment(),
        ]);
}
