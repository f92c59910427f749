using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Preprocessing;

/// <summary>Keeps prepared volumes on disk, so that they are prepared once and read quickly at each start of a training.</summary>
/// <remarks>
/// A <see cref="FramedFile"/> that starts with <c>SCRNVOL1</c>; its header holds shape and affine of both grids, source and its key,
/// and fingerprint of the options; its content the intensities, [D, H, W], as uint16 steps of 1/65535. An intensity is thus kept to within
/// 1/131070.
/// </remarks>
public static class PreparedVolumeFile
{
    private const int ChunkVoxels = 1 << 19;

    private static readonly FrameKind Kind = new(
        "SCRNVOL1", "a prepared volume", "Run the preparation again, or pass the CT itself.", "Delete it and run the preparation again.");

    private sealed record Header(
        int[] Shape, double[] Affine, int[] SourceShape, double[] SourceAffine, string Source, string OptionsFingerprint,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SourceKey = null);

    /// <summary>Writes the file; nothing half-written is ever left under its name.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, PreparedVolume volume)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var (grid, from) = (volume.Grid, volume.SourceGrid);
        var header = new Header(
            grid.ShapeNumbers, grid.AffineNumbers, from.ShapeNumbers, from.AffineNumbers, volume.Source, volume.OptionsFingerprint,
            volume.SourceKey);
        FramedFile.Write(path, Kind, header, sink =>
        {
            var chunk = new ushort[Math.Min(ChunkVoxels, volume.Intensities.Length)];
            for (int start = 0; start < volume.Intensities.Length; start += ChunkVoxels)
            {
                var part = volume.Intensities.AsSpan(start, Math.Min(ChunkVoxels, volume.Intensities.Length - start));
                for (int i = 0; i < part.Length; i++)
                {
                    float x = part[i] > 0 ? part[i] : 0;
                    chunk[i] = LittleEndian((ushort)MathF.Round((x < 1 ? x : 1) * ushort.MaxValue));
                }

                sink.Append(MemoryMarshal.AsBytes(chunk.AsSpan(0, part.Length)));
            }
        });
    }

    /// <summary>Reads a file that <see cref="Write"/> wrote.</summary>
    /// <exception cref="MissingInputException">The file is not there or cannot be read.</exception>
    /// <exception cref="VolumeFormatException">It is not such a file, or it is damaged.</exception>
    public static PreparedVolume Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var file = FramedFile.Open<Header>(path, Kind);
        var header = file.Header;
        if (VolumeGrid.Of(header.Shape, header.Affine) is not { } grid
            || VolumeGrid.Of(header.SourceShape, header.SourceAffine) is not { } from)
            throw file.Damaged("an incomplete header");
        file.RequireLength(2 * grid.Shape.VoxelCount);
        var intensities = GC.AllocateUninitializedArray<float>(grid.Shape.CheckedLength());
        file.ReadAll((bytes, at) =>
        {
            var stored = MemoryMarshal.Cast<byte, ushort>(bytes.Span);
            var part = intensities.AsSpan((int)(at / 2), stored.Length);
            for (int i = 0; i < part.Length; i++)
                part[i] = LittleEndian(stored[i]) * (1f / ushort.MaxValue);
        });
        return new PreparedVolume(grid, intensities, from, header.Source, header.OptionsFingerprint) { SourceKey = header.SourceKey };
    }

    /// <summary>The checksum that a file ends with; nothing else of it is read.</summary>
    /// <exception cref="MissingInputException">The file is not there or cannot be read.</exception>
    internal static byte[] ReadChecksum(string path) => FramedFile.ReadChecksum(path, Kind);

    private static ushort LittleEndian(ushort value) => BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
}
