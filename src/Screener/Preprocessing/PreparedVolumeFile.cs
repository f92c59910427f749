using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Screener.Errors;
using Screener.Imaging;
using Screener.Runtime;

namespace Screener.Preprocessing;

/// <summary>Keeps prepared volumes on disk, so that they are prepared once and read quickly at each start of a training.</summary>
/// <remarks>
/// Layout, all little-endian: the eight letters <c>SCRNVOL1</c>; the length of the header (int32); the header (JSON: shape
/// and affine of both grids, source, fingerprint of the options); the intensities, [D, H, W], as uint16 steps of 1/65535;
/// the SHA-256 of everything before it. An intensity is thus kept to within 1/131070.
/// </remarks>
public static class PreparedVolumeFile
{
    private const int MaxHeaderLength = 1 << 20;
    private const int ChunkVoxels = 1 << 19;
    private static readonly JsonSerializerOptions Json = StrictJson.Of(new());
    private static readonly byte[] Magic = "SCRNVOL1"u8.ToArray();

    private sealed record Header(int[] Shape, double[] Affine, int[] SourceShape, double[] SourceAffine, string Source, string OptionsFingerprint);

    /// <summary>Writes the file; nothing half-written is ever left under its name.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, PreparedVolume volume)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var header = new Header(
            Numbers(volume.Shape), Numbers(volume.Grid.Affine), Numbers(volume.SourceGrid.Shape), Numbers(volume.SourceGrid.Affine), volume.Source, volume.OptionsFingerprint);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header);
        byte[] lead = [.. Magic, 0, 0, 0, 0, .. json];
        BinaryPrimitives.WriteInt32LittleEndian(lead.AsSpan(Magic.Length), json.Length);
        AtomicFile.Write(path, stream =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Append(lead);
            var chunk = new ushort[Math.Min(ChunkVoxels, volume.Intensities.Length)];
            for (int start = 0; start < volume.Intensities.Length; start += ChunkVoxels)
            {
                var part = volume.Intensities.AsSpan(start, Math.Min(ChunkVoxels, volume.Intensities.Length - start));
                for (int i = 0; i < part.Length; i++)
                {
                    float x = part[i] > 0 ? part[i] : 0;
                    chunk[i] = LittleEndian((ushort)MathF.Round((x < 1 ? x : 1) * ushort.MaxValue));
                }

                Append(MemoryMarshal.AsBytes(chunk.AsSpan(0, part.Length)));
            }

            stream.Write(hash.GetHashAndReset());

            void Append(ReadOnlySpan<byte> bytes)
            {
                hash.AppendData(bytes);
                stream.Write(bytes);
            }
        });
    }

    /// <summary>Reads a file that <see cref="Write"/> wrote.</summary>
    /// <exception cref="MissingInputException">The file is not there or cannot be read.</exception>
    /// <exception cref="VolumeFormatException">It is not such a file, or it is damaged.</exception>
    public static PreparedVolume Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using var stream = InputFile.Open(path, 0);
            return Read(stream, path);
        }
        catch (Exception e) when (e is IOException and not EndOfStreamException or UnauthorizedAccessException)
        {
            throw new MissingInputException(path, $"it cannot be read ({e.Message})", "a prepared volume", "Run the preparation again.", e);
        }
        catch (EndOfStreamException e)
        {
            throw Damaged(path, "the file ends too early", e);
        }
    }

    /// <summary>The checksum that a file ends with; nothing else of it is read.</summary>
    /// <exception cref="MissingInputException">The file is not there or cannot be read.</exception>
    internal static byte[] ReadChecksum(string path)
    {
        try
        {
            using var stream = InputFile.Open(path, 0);
            stream.Seek(-SHA256.HashSizeInBytes, SeekOrigin.End);
            var sum = new byte[SHA256.HashSizeInBytes];
            stream.ReadExactly(sum);
            return sum;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MissingInputException(
                path, $"it cannot be read ({e.Message.TrimEnd('.')})", "a prepared volume", "Run the preparation again.", e);
        }
    }

    private static PreparedVolume Read(FileStream stream, string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> lead = stackalloc byte[Magic.Length + 4];
        stream.ReadExactly(lead);
        if (!lead[..Magic.Length].SequenceEqual(Magic))
            throw new VolumeFormatException(path, "it does not start with SCRNVOL1", "a prepared volume", "Run the preparation again, or pass the CT itself.");
        int headerLength = BinaryPrimitives.ReadInt32LittleEndian(lead[Magic.Length..]);
        if (headerLength is < 2 or > MaxHeaderLength)
            throw Damaged(path, $"a header of {headerLength} bytes");
        var json = new byte[headerLength];
        stream.ReadExactly(json);
        hash.AppendData(lead);
        hash.AppendData(json);
        var (grid, sourceGrid, header) = Parse(json, path);

        // The length is checked before anything as large as the header claims is allocated.
        long expected = lead.Length + headerLength + (2 * grid.Shape.VoxelCount) + SHA256.HashSizeInBytes;
        if (stream.Length != expected)
            throw Damaged(path, $"{stream.Length} bytes where its header of {grid.Shape} voxels needs {expected}");
        var intensities = GC.AllocateUninitializedArray<float>(grid.Shape.CheckedLength());
        var chunk = new ushort[Math.Min(ChunkVoxels, intensities.Length)];
        for (int start = 0; start < intensities.Length; start += ChunkVoxels)
        {
            var part = intensities.AsSpan(start, Math.Min(ChunkVoxels, intensities.Length - start));
            var bytes = MemoryMarshal.AsBytes(chunk.AsSpan(0, part.Length));
            stream.ReadExactly(bytes);
            hash.AppendData(bytes);
            for (int i = 0; i < part.Length; i++)
                part[i] = LittleEndian(chunk[i]) * (1f / ushort.MaxValue);
        }

        Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
        stream.ReadExactly(sum);
        if (!sum.SequenceEqual(hash.GetHashAndReset()))
            throw Damaged(path, "a wrong checksum");
        return new PreparedVolume(grid, intensities, sourceGrid, header.Source, header.OptionsFingerprint);
    }

    private static (VolumeGrid Grid, VolumeGrid SourceGrid, Header Header) Parse(byte[] json, string path)
    {
        try
        {
            var header = JsonSerializer.Deserialize<Header>(json, Json);
            if (header is { Shape.Length: 3, Affine.Length: 12, SourceShape.Length: 3, SourceAffine.Length: 12 })
                return (Grid(header.Shape, header.Affine), Grid(header.SourceShape, header.SourceAffine), header);
        }
        catch (Exception e) when (e is JsonException or OptionException)
        {
            throw Damaged(path, "a header that cannot be understood", e);
        }

        throw Damaged(path, "an incomplete header");
    }

    private static VolumeGrid Grid(int[] shape, double[] a)
    {
        var grid = new VolumeGrid(
            new VolumeShape(shape[0], shape[1], shape[2]), new Affine(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]));
        _ = grid.Shape.CheckedLength();
        _ = grid.Affine.Inverse();
        return grid;
    }

    private static VolumeFormatException Damaged(string path, string found, Exception? inner = null) =>
        new(path, found, "a whole prepared volume", "Delete it and run the preparation again.", inner);

    private static int[] Numbers(VolumeShape shape) => [shape.Depth, shape.Height, shape.Width];

    private static double[] Numbers(Affine a) => [a.M00, a.M01, a.M02, a.M03, a.M10, a.M11, a.M12, a.M13, a.M20, a.M21, a.M22, a.M23];

    private static ushort LittleEndian(ushort value) => BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
}
