using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;

namespace Screener.Baselines;

/// <summary>The file of a <see cref="HuBaseline"/>: a mark, the options as JSON, the densities as little-endian float32, and the SHA-256 of all that.</summary>
internal static class HuBaselineFile
{
    private static readonly JsonSerializerOptions Json = StrictJson.Of(new());
    private const string Remedy = "Fit the baseline again.";

    private static ReadOnlySpan<byte> Mark => "SCREENER HU BASELINE 1\n"u8;

    internal static void Write(string path, HuBaseline baseline)
    {
        byte[] options = JsonSerializer.SerializeToUtf8Bytes(baseline.Options);
        var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Mark);
            writer.Write(options.Length);
            writer.Write(options);
            foreach (float value in baseline.Density)
                writer.Write(value);
        }

        AtomicFile.Write(path, stream =>
        {
            content.WriteTo(stream);
            stream.Write(SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length)));
        });
    }

    internal static HuBaseline Read(string path)
    {
        byte[] bytes;
        try
        {
            bytes = InputFile.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MissingInputException(path, e.Message, "a baseline file", "Check the path.", e);
        }

        ReadOnlySpan<byte> rest = bytes;
        if (!rest.StartsWith(Mark))
            throw new ModelFileException(path, "another kind of file", "a HU baseline", Remedy);
        if (rest.Length < Mark.Length + sizeof(int) + SHA256.HashSizeInBytes
            || !SHA256.HashData(rest[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(rest[^SHA256.HashSizeInBytes..]))
            throw new ModelFileException(path, "a damaged file", "a baseline whose checksum is right", Remedy);
        rest = rest[Mark.Length..^SHA256.HashSizeInBytes];
        int length = BinaryPrimitives.ReadInt32LittleEndian(rest);
        rest = rest[sizeof(int)..];
        try
        {
            var options = JsonSerializer.Deserialize<HuBaselineOptions>(rest[..length], Json) ?? throw new JsonException("null");
            options.Validate();
            var density = MemoryMarshal.Cast<byte, float>(rest[length..]).ToArray();
            if (density.Length != options.Cells * options.Cells * options.Cells * options.Bins)
                throw new ModelFileException(path, $"{density.Length} densities", $"{options.Bins} for each of {options.Cells}^3 cells", Remedy);
            if (!density.All(d => d > 0 && float.IsFinite(d)))
                throw new ModelFileException(path, "a density that is not positive", "positive, finite densities", Remedy);
            return new HuBaseline(options, density);
        }
        catch (Exception e) when (e is JsonException or ArgumentOutOfRangeException or OptionException)
        {
            throw new ModelFileException(path, $"unreadable options ({e.Message})", "a HU baseline", Remedy, e);
        }
    }
}
