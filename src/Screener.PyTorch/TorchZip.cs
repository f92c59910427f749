using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.PyTorch;

/// <summary>The zip file that torch.save writes: a pickle and one entry of bare numbers per storage, all under one folder.</summary>
/// <remarks>Entries are stored uncompressed; their CRC-32, which .NET's reader does not look at, is checked here.</remarks>
internal sealed class TorchZip : IDisposable
{
    private const int MostPickleBytes = 16 << 20;
    private const string Pickle = "/data.pkl";
    private readonly string _path;
    private readonly FileStream _stream;
    private readonly ZipArchive _zip;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = [];
    private readonly string _folder;
    private long _readable;

    private TorchZip(string path, FileStream stream)
    {
        _path = path;
        _stream = stream;
        _zip = new ZipArchive(stream, ZipArchiveMode.Read);

        // A file whose storages are read over and over does not come from torch.save.
        _readable = checked((4 * stream.Length) + MostPickleBytes);
        foreach (var entry in _zip.Entries)
        {
            if (!_entries.TryAdd(entry.FullName, entry))
                throw new InvalidDataException($"two entries of the name {entry.FullName}");
        }

        // Entries that overlap could claim any number of bytes.
        if (_zip.Entries.Sum(e => (decimal)e.Length) > stream.Length)
            throw new InvalidDataException("entries of more bytes than the file has");

        string[] pickles = [
            .. _entries.Keys.Where(n => n.EndsWith(Pickle, StringComparison.Ordinal) && n.IndexOf('/') == n.Length - Pickle.Length)];
        if (pickles.Length != 1)
            throw new TorchFileException(path, "a zip without one data.pkl", "a file that torch.save wrote", "Name that file.");
        _folder = pickles[0][..^(Pickle.Length - 1)];
        if (_entries.ContainsKey(_folder + "constants.pkl"))
            throw new TorchFileException(
                path, "a TorchScript program", "a file of tensors",
                "Load it in Python with torch.jit.load and save what state_dict() returns.");
        if (_entries.ContainsKey(_folder + "byteorder") && Encoding.ASCII.GetString(Read("byteorder", 16)) is var order and not "little")
            throw new TorchFileException(path, $"the byte order '{order}'", "little", "Save it again on a little-endian machine.");
    }

    /// <summary>Opens a file and looks at its entries.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="TorchFileException">It is no zip that torch.save wrote.</exception>
    internal static TorchZip Open(string path)
    {
        if (!File.Exists(path))
            throw new MissingInputException(path, "no such file", "a PyTorch checkpoint", "Check the path.");
        var stream = OpenFile(path);
        try
        {
            Span<byte> start = stackalloc byte[2];
            int length = stream.ReadAtLeast(start, 2, throwOnEndOfStream: false);
            if (length == 2 && start[0] == 0x80)
            {
                throw new TorchFileException(
                    path, "the old format of PyTorch before 1.6", "the zip format",
                    "Convert it: python3 -c \"import torch, sys; torch.save(torch.load(sys.argv[1], map_location='cpu'), sys.argv[2])\" "
                    + "old.pt new.pt");
            }

            if (length < 2 || start[0] != 'P' || start[1] != 'K')
                throw new TorchFileException(path, "no zip file", "a file that torch.save wrote", "Name that file.");
            return Guarded(path, () => new TorchZip(path, stream));
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    private static FileStream OpenFile(string path) => InputFile.Reading(
        path, "a PyTorch checkpoint", "Check the path and its permissions.", () => InputFile.Open(path));

    /// <summary>The file's length in bytes.</summary>
    internal long Length => _stream.Length;

    /// <summary>True if there is an entry with the numbers of a storage.</summary>
    internal bool Has(TorchStorage storage) =>
        _entries.TryGetValue($"{_folder}data/{storage.Key}", out var entry) && entry.Length == storage.Bytes;

    /// <summary>The pickle.</summary>
    internal byte[] ReadPickle() => Guarded(_path, () => Read("data.pkl", MostPickleBytes));

    /// <summary>A storage's bytes.</summary>
    internal byte[] ReadStorage(TorchStorage storage) => Guarded(_path, () => Read($"data/{storage.Key}", Array.MaxLength));

    /// <inheritdoc/>
    public void Dispose()
    {
        _zip.Dispose();
        _stream.Dispose();
    }

    private byte[] Read(string name, int most)
    {
        var entry = _entries.GetValueOrDefault(_folder + name) ?? throw new InvalidDataException($"no entry {name}");
        long length = entry.Length;
        if (length != entry.CompressedLength)
            throw new InvalidDataException($"entry {name} is compressed");
        if (length > most || length > _stream.Length || (_readable -= length) < 0)
            throw new InvalidDataException($"entry {name} has {length} bytes");
        var bytes = new byte[length];
        using (var stream = entry.Open())
            stream.ReadExactly(bytes);
        return Crc32.HashToUInt32(bytes) == entry.Crc32
            ? bytes
            : throw new InvalidDataException($"entry {name} does not have the checksum it should");
    }

    private static T Guarded<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ArgumentException or OverflowException
            or NotSupportedException)
        {
            throw new TorchFileException(
                path, $"a damaged file ({e.Message.TrimEnd('.')})", "a complete file that torch.save wrote", "Fetch it again.", e);
        }
    }
}
