using Screener.Imaging;

namespace Screener.Datasets;

/// <summary>Every format of CT that can be read.</summary>
public static class CtReaders
{
    /// <summary>Dataset caches, then what <see cref="VolumeReaders.All"/> reads.</summary>
    /// <param name="threads">Processor threads for a series' slices; 0 means one per processor.</param>
    /// <param name="convert">Whether gdcm or dcmtk may unpack a copy of DICOM that is compressed otherwise.</param>
    public static VolumeReaders All(int threads = 0, bool convert = false) =>
        VolumeReaders.All(threads, convert).Behind(new HuVolumeReader());
}
