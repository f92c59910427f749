using System.IO.Compression;
using System.IO.Hashing;
using Screener.Errors;
using Screener.Storage;

namespace Screener.Imaging.Dicom;

/// <summary>The entries of a zip, read without unpacking it to disk.</summary>
internal sealed class ZipContainer : DicomContainer
{
    // Deflate cannot expand more than this; a directory that claims more is damaged or hostile.
    private const long MaxExpansion = 1032;

    // What unpacks to more than this must not unpack to more than so many times the zip's length. Images of CT shrink to a half.
    private const long FreeBytes = 1L << 30, MaxRatio = 100;

    private readonly string _path;
    private readonly int[] _order;

    public ZipContainer(string path)
    {
        _path = path;
        using var session = new ZipSession(this);
        RefuseBomb(session.Entries, session.Length);
        var files = session.Entries.Select((entry, i) => (entry.FullName, i)).Where(e => !e.FullName.EndsWith('/'));
        var sorted = files.OrderBy(e => e.FullName, StringComparer.Ordinal).ToArray();
        Names = [.. sorted.Select(e => e.FullName)];
        _order = [.. sorted.Select(e => e.i)];
    }

    public override string FullName(int index) => $"{_path}/{Names[index]}";

    public override Session Open() => new ZipSession(this);

    private void RefuseBomb(IReadOnlyList<ZipArchiveEntry> entries, long length)
    {
        const string Remedy = "Do not unpack it: it was made to fill a disk or memory. Fetch the series from its source.";
        var packed = entries.Aggregate(Int128.Zero, (sum, e) => sum + e.CompressedLength);
        if (packed > length)
            throw new VolumeFormatException(_path, $"entries of {packed} bytes in a zip of {length}: they overlap",
                "entries one after the other", Remedy);
        var unpacked = entries.Aggregate(Int128.Zero, (sum, e) => sum + Unpacked(e));
        if (unpacked > FreeBytes && unpacked > MaxRatio * length)
            throw new VolumeFormatException(_path, $"a zip of {length} bytes that unpacks to {unpacked}",
                $"at most {MaxRatio} times its length", Remedy);
    }

    private static long Unpacked(ZipArchiveEntry entry) => Math.Min(entry.Length, entry.CompressedLength * MaxExpansion);

    // ZipArchive is not safe for two threads; each thread opens its own, so that inflating runs in parallel.
    private sealed class ZipSession : Session
    {
        private readonly ZipContainer _zip;
        private readonly FileStream _file;
        private readonly ZipArchive _archive;

        public ZipSession(ZipContainer zip)
        {
            _zip = zip;
            try
            {
                _file = InputFile.Open(zip._path, 1 << 16);
            }
            catch (Exception error) when (InputFile.IsFault(error))
            {
                throw Unreadable(zip._path, error);
            }

            try
            {
                _archive = new ZipArchive(_file, ZipArchiveMode.Read);
                Entries = _archive.Entries;
            }
            catch (Exception error) when (error is InvalidDataException or IOException or ArgumentException)
            {
                _file.Dispose();
                throw Damaged(zip._path, error);
            }
        }

        public IReadOnlyList<ZipArchiveEntry> Entries { get; }

        public long Length => _file.Length;

        public override long StoredBytes(int index, long total) => Entries[_zip._order[index]].CompressedLength;

        public override int Read(int index, int wanted, ref byte[] buffer, out long total)
        {
            var entry = Entries[_zip._order[index]];
            string name = _zip.FullName(index);
            if (entry.IsEncrypted)
                throw new VolumeFormatException(name, "an encrypted zip entry", "a zip without a password", "Unpack it and pass the folder.");
            try
            {
                total = Unpacked(entry);
                int count = (int)Math.Min(wanted, total);
                Grow(ref buffer, count);
                using var stream = entry.Open();
                int done = stream.ReadAtLeast(buffer.AsSpan(0, count), count, throwOnEndOfStream: false);
                if (done < count)
                    throw new VolumeFormatException(name, $"{done} bytes", $"{total}, as the zip's directory says", "Fetch the zip again from its source.");
                // .NET inflates without comparing the checksum: a flipped bit would become a wrong voxel.
                if (count == total && Crc32.HashToUInt32(buffer.AsSpan(0, count)) != entry.Crc32)
                    throw new VolumeFormatException(name, "a content that does not match its checksum", "an undamaged zip entry", "Fetch the zip again from its source.");
                return done;
            }
            catch (Exception error) when (error is InvalidDataException or IOException or NotSupportedException)
            {
                throw Damaged(name, error);
            }
        }

        public override void Dispose()
        {
            _archive.Dispose();
            _file.Dispose();
        }

        private static VolumeFormatException Damaged(string name, Exception error) =>
            new(
                name, $"a damaged zip, or one of an unusual kind ({error.Message.TrimEnd('.')})", "a zip of DICOM files",
                "Fetch the zip again from its source, or unpack it and pass the folder.", error);
    }
}
