using System.Buffers.Binary;

namespace Screener.Imaging.Dicom;

/// <summary>Starts a DICOM file (PS3.10) that this library writes.</summary>
internal static class DicomFile
{
    // What identifies this writer in the files' meta headers; derived from a random UUID (PS3.5, B.2).
    private const string ImplementationUid = "2.25.316000897671320261108435845342484490008";

    /// <summary>Writes what stands before the data set.</summary>
    /// <param name="file">The file.</param>
    /// <param name="sopClass">The kind of object.</param>
    /// <param name="instance">The object's UID.</param>
    /// <param name="syntax">How the data set is written.</param>
    internal static void WriteMeta(Stream file, string sopClass, string instance, string syntax)
    {
        var meta = new DicomElements();
        meta.Write(new(0x0002, 0x0001), "OB", [0, 1]);
        meta.Write(DicomTag.MediaStorageSopClassUid, "UI", sopClass);
        meta.Write(new(0x0002, 0x0003), "UI", instance);
        meta.Write(DicomTag.TransferSyntaxUid, "UI", syntax);
        meta.Write(new(0x0002, 0x0012), "UI", ImplementationUid);
        meta.Write(new(0x0002, 0x0013), "SH", "SCREENER");
        var length = new DicomElements();
        length.Write(DicomTag.MetaGroupLength, (uint)meta.Length);
        file.Write(new byte[128]);
        file.Write("DICM"u8);
        length.CopyTo(file);
        meta.CopyTo(file);
    }

    /// <summary>A UID that nobody else has (PS3.5, B.2).</summary>
    internal static string NewUid() => $"2.25.{BinaryPrimitives.ReadUInt128BigEndian(Guid.NewGuid().ToByteArray(bigEndian: true))}";
}
