using System.IO.Compression;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Screener.Errors;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Storage;

/// <summary>
/// A zip file of named float32 tensors and a JSON header. Holds trained models and checkpoints; appears complete or not at all.
/// </summary>
/// <remarks>Entries are stored uncompressed; their CRC-32, which .NET's reader does not look at, is checked here. No wall-clock time is
/// written, so equal content is equal bytes.</remarks>
public sealed class TensorArchive : IDisposable
{
    private const string HeaderEntry = "header.json";
    private const string IndexEntry = "tensors.json";
    private const string DataEntry = "tensors.bin";

    // Far more than a training has with its optimiser's state; an empty tensor takes none of the file's bytes.
    private const int MaxTensors = 100_000, MaxAxes = 16;

    private const int MaxJson = 64 << 20;

    private static readonly DateTimeOffset FixedTime = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, Tensor> _tensors = [];

    private TensorArchive(string path, JsonElement header)
    {
        Path = path;
        Header = header;
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The JSON header.</summary>
    public JsonElement Header { get; }

    /// <summary>The tensors by name; the archive owns them.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>Writes an archive.</summary>
    /// <param name="path">The file; replaced as a whole if it exists.</param>
    /// <param name="header">Serialised as the JSON header.</param>
    /// <param name="tensors">Tensors of any device; written as float32.</param>
    public static void Write(string path, object header, IEnumerable<(string Name, Tensor Value)> tensors)
    {
        AtomicFile.Write(path, stream =>
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            WriteEntry(zip, HeaderEntry, s => JsonSerializer.Serialize(s, header, StoredJson.Settings));
            var index = new List<TensorEntry>();
            WriteEntry(zip, DataEntry, s =>
            {
                foreach (var (name, value) in tensors)
                {
                    using var guard = no_grad();
                    using var scope = NewDisposeScope();
                    var flat = value.detach().to(float32).cpu().contiguous();
                    index.Add(new TensorEntry(name, flat.shape));
                    s.Write(flat.bytes);
                }
            });
            WriteEntry(zip, IndexEntry, s => JsonSerializer.Serialize(s, index, StoredJson.Settings));
        });
        File.Delete(ChecksumOf(path)); // That of what stood here before.
    }

    /// <summary>Reads an archive whole.</summary>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="ModelFileException">The file is damaged or not an archive of this kind.</exception>
    public static TensorArchive Read(string path)
    {
        if (!File.Exists(path))
            throw new MissingInputException(
                path, "no such file", "a model or checkpoint file", "Check the path, or train the model first.");
        TensorArchive? archive = null;
        try
        {
            using var stream = InputFile.Open(path);
            RequireChecksum(stream, path);
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
            archive = new TensorArchive(
                path, JsonSerializer.Deserialize<JsonElement>(ReadEntry(Entry(zip, HeaderEntry, stream.Length)), StoredJson.Settings));
            if (archive.Header.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException($"a header that is no JSON object but {archive.Header.ValueKind}");
            var index =
                JsonSerializer.Deserialize<List<TensorEntry>>(ReadEntry(Entry(zip, IndexEntry, stream.Length)), StoredJson.Settings) ?? [];
            archive.ReadTensors(index, Entry(zip, DataEntry, stream.Length));
            return archive;
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or EndOfStreamException or ArgumentException
            or OverflowException or NotSupportedException)
        {
            archive?.Dispose();
            throw new ModelFileException(
                path, $"a damaged file ({e.Message.TrimEnd('.')})", "a complete model or checkpoint file",
                "Delete it and train again, or restore it from a copy.", e);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            archive?.Dispose();
            throw new MissingInputException(
                path, $"it cannot be read ({e.Message.TrimEnd('.')})", "a model or checkpoint file",
                "Check the path and its permissions.", e);
        }
    }

    /// <summary>Where the SHA-256 of an archive stands that came with one, as sha256sum writes it.</summary>
    public static string ChecksumOf(string path) => path + ".sha256";

    /// <summary>A tensor by name; the archive owns it.</summary>
    /// <exception cref="ModelFileException">The archive has no such tensor.</exception>
    public Tensor Tensor(string name) => _tensors.TryGetValue(name, out var value)
        ? value
        : throw new ModelFileException(Path, $"no tensor '{name}'", "a complete checkpoint", "Delete it and train again.");

    /// <summary>The header read as <typeparamref name="T"/>, once its members format and version are as they should be.</summary>
    /// <param name="format">The format.</param>
    /// <param name="version">Its version.</param>
    /// <param name="expected">What the file should be, for messages.</param>
    /// <param name="remedy">What to do where it is something else.</param>
    /// <exception cref="ModelFileException">The header is of another kind or version.</exception>
    public T ReadHeader<T>(string format, int version, string expected, string remedy)
    {
        const string Again = "Train again with this version, or use the version that wrote it.";
        string kind = Header.TryGetProperty("format", out var f) ? f.ToString() : "no format";
        if (kind != format)
            throw new ModelFileException(Path, kind, expected, remedy);
        string found = Header.TryGetProperty("version", out var v) ? v.ToString() : "none";
        if (found != FormattableString.Invariant($"{version}"))
            throw new ModelFileException(Path, $"{format} version {found}", $"version {version}", Again);
        try
        {
            return Header.Deserialize<T>(StoredJson.Settings) ?? throw new JsonException("empty header");
        }
        catch (JsonException e)
        {
            throw new ModelFileException(
                Path, $"a header that this version cannot read ({e.Message})", "a file written by this version", Again, e);
        }
    }

    /// <summary>Checks options of the header.</summary>
    /// <exception cref="ModelFileException">They are not valid.</exception>
    internal void RequireValid(Action validate)
    {
        try
        {
            validate();
        }
        catch (OptionException e)
        {
            throw new ModelFileException(Path, e.Message, "valid options", "Restore the file from a copy, or train again.", e);
        }
    }

    /// <summary>Checks before networks are made that the file can fill them: a header of a few letters may ask for terabytes.</summary>
    /// <param name="least">At least so many numbers are in networks such as the header describes.</param>
    /// <exception cref="ModelFileException">The file has fewer.</exception>
    internal void RequireNumbers(long least)
    {
        long numbers = _tensors.Values.Sum(t => t.numel());
        if (numbers < least)
        {
            throw new ModelFileException(
                Path, $"{numbers} numbers and the header of networks of more than {least}", "the numbers of those networks",
                "Restore the file from a copy, or train again.");
        }
    }

    /// <summary>A fresh network with the tensors whose names start with <paramref name="prefix"/>, in evaluation mode.</summary>
    /// <param name="network">The network; it is disposed of if its tensors are not there.</param>
    /// <param name="prefix">What stands before its tensors' names.</param>
    /// <exception cref="ModelFileException">A name is missing or surplus, or a shape differs.</exception>
    internal TNetwork Filled<TNetwork>(TNetwork network, string prefix = "")
        where TNetwork : nn.Module => Filled(network, n => CopyTo(n, prefix));

    /// <summary>A fresh network, filled and in evaluation mode; it is disposed of if that fails.</summary>
    internal static TNetwork Filled<TNetwork>(TNetwork network, Action<TNetwork> fill)
        where TNetwork : nn.Module
    {
        try
        {
            fill(network);
            network.eval();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Copies the tensors whose names start with <paramref name="prefix"/> into a module's parameters and buffers.</summary>
    /// <exception cref="ModelFileException">A name is missing or surplus, or a shape differs.</exception>
    public void CopyTo(nn.Module module, string prefix = "")
    {
        using var guard = no_grad();
        var state = module.state_dict();
        foreach (var (name, target) in state)
        {
            if (!_tensors.TryGetValue(prefix + name, out var value) || !value.shape.SequenceEqual(target.shape))
            {
                throw new ModelFileException(
                    Path,
                    value is null
                        ? $"no tensor '{prefix + name}'"
                        : $"tensor '{prefix + name}' of shape [{string.Join(", ", value.shape)}]",
                    $"shape [{string.Join(", ", target.shape)}]",
                    "Use the options the file was trained with.");
            }

            target.copy_(value);
        }

        string? surplus = _tensors.Keys.FirstOrDefault(
            k => k.StartsWith(prefix, StringComparison.Ordinal) && !state.ContainsKey(k[prefix.Length..]));
        if (surplus is not null)
            throw new ModelFileException(
                Path, $"a tensor '{surplus}' that the network does not have", "the tensors of this network",
                "Use the options the file was trained with.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values)
            tensor.Dispose();
        _tensors.Clear();
    }

    // What is published with its checksum is compared with it.
    private static void RequireChecksum(FileStream stream, string path)
    {
        string file = ChecksumOf(path);
        if (!File.Exists(file))
            return;
        string expected = InputFile.ReadAllText(file).Split(' ', 2)[0].Trim(), found = Convert.ToHexStringLower(SHA256.HashData(stream));
        if (!found.Equals(expected, StringComparison.OrdinalIgnoreCase))
            throw new ModelFileException(
                path, $"SHA-256 {found}", $"{expected}, as {System.IO.Path.GetFileName(file)} says",
                "It is not the file that was published: get it again.");
        stream.Position = 0;
    }

    // One tensor after the other: a checkpoint of the paper's profile is larger than an array can be.
    private void ReadTensors(List<TensorEntry> index, ZipArchiveEntry data)
    {
        using var stream = data.Open();
        var checksum = new Crc32();
        long left = data.Length;
        if (index.Count > MaxTensors)
            throw new InvalidDataException($"{index.Count} tensors");
        foreach (var entry in index)
        {
            if (entry.Shape.Length > MaxAxes || entry.Shape.Any(n => n < 0))
                throw new InvalidDataException("impossible shape");

            // An empty axis must not hide the length of the others.
            long bytes = entry.Shape.Aggregate(4L, (a, b) => checked(a * Math.Max(1, b)));
            bytes = entry.Shape.Contains(0) ? 0 : bytes;
            if (bytes > left)
                throw new InvalidDataException("fewer numbers than the index claims");
            var values = new float[bytes / 4];
            var target = MemoryMarshal.AsBytes(values.AsSpan());
            stream.ReadExactly(target);
            checksum.Append(target);

            // One NaN in a network makes every score NaN, or a map of nothing.
            if (values.AsSpan().ContainsAnyExceptInRange(float.MinValue, float.MaxValue))
                throw new InvalidDataException($"numbers in tensor '{entry.Name}' that are not finite");
            if (!_tensors.TryAdd(entry.Name, TensorMemory.Of(values, entry.Shape).DetachFromDisposeScope()))
                throw new InvalidDataException($"two tensors of the name {entry.Name}");
            left -= bytes;
        }

        if (left != 0)
            throw new InvalidDataException("more numbers than the index claims");
        Check(data, checksum);
    }

    private static void WriteEntry(ZipArchive zip, string name, Action<Stream> write)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = FixedTime;
        using var stream = entry.Open();
        write(stream);
    }

    // Entries are stored as they are, so one that claims more than the file holds is damaged, and nothing is allocated for it.
    private static ZipArchiveEntry Entry(ZipArchive zip, string name, long fileLength)
    {
        var entry = zip.GetEntry(name) ?? throw new InvalidDataException($"no entry {name}");
        return entry.Length == entry.CompressedLength && entry.Length <= fileLength
            ? entry
            : throw new InvalidDataException($"entry {name} does not have the length it should");
    }

    private static byte[] ReadEntry(ZipArchiveEntry entry)
    {
        if (entry.Length > MaxJson)
            throw new InvalidDataException($"entry {entry.FullName} has {entry.Length} bytes");
        var bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        var checksum = new Crc32();
        checksum.Append(bytes);
        Check(entry, checksum);
        return bytes;
    }

    private static void Check(ZipArchiveEntry entry, Crc32 checksum)
    {
        if (checksum.GetCurrentHashAsUInt32() != entry.Crc32)
            throw new InvalidDataException($"entry {entry.FullName} does not have the checksum it should");
    }

    private sealed record TensorEntry(string Name, long[] Shape);
}
