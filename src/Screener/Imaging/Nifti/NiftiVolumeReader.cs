using Screener.Errors;
using Screener.Imaging.Stored;

namespace Screener.Imaging.Nifti;

/// <summary>Reads single-file NIfTI-1 volumes, plain (.nii) or gzipped (.nii.gz), by their content whatever their name.</summary>
/// <remarks>
/// <para>Every real voxel type and both byte orders are read; see <see cref="NiftiHeader"/> for geometry and scaling. One
/// 3-D volume, or more dimensions whose lengths are all 1. Two-file NIfTI, NIfTI-2, ANALYZE, several frames, complex and
/// colour voxels are refused by name. Extensions and bytes after the last voxel are skipped.</para>
/// <para>What the header claims is compared with the file's length before memory is set aside: a plain file must be long
/// enough, a gzipped one must be able to unpack to as much (1032 times its length). No more of a gzip stream is unpacked than the
/// header's claim and 64 KiB. Memory: the returned array and less than 1 MiB; of a gzipped file, numbers take at most 512 MiB and 256 times
/// its length.</para>
/// </remarks>
public sealed class NiftiVolumeReader : IVolumeReader
{
    /// <inheritdoc/>
    public string Name => "NIfTI-1";

    /// <inheritdoc/>
    public bool CanRead(string path)
    {
        if (!File.Exists(path))
            return false;
        if (path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase))
            return true;
        try
        {
            using var file = StoredFile.Open(path);
            Span<byte> bytes = stackalloc byte[NiftiHeader.Size];
            return NiftiHeader.LooksLikeNifti(bytes[..file.Read(bytes)]);
        }
        catch (ScreenerException)
        {
            return false;
        }
    }

    /// <summary>Reads the header only.</summary>
    /// <exception cref="MissingInputException">The file cannot be opened.</exception>
    /// <exception cref="VolumeFormatException">The header is damaged or refused, or the file is too short for what it claims.</exception>
    public static NiftiHeader ReadHeader(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        using var file = StoredFile.Open(path);
        return ReadHeader(file, path);
    }

    /// <summary>Reads the header of what may not be a file.</summary>
    /// <inheritdoc cref="StoredFile.Open(string, Func{Stream}, ValueTuple{long, long}?)"/>
    internal static NiftiHeader ReadHeader(string name, Func<Stream> open, (long Length, long Stored) size)
    {
        using var file = StoredFile.Open(name, open, size);
        return ReadHeader(file, name);
    }

    /// <inheritdoc/>
    /// <remarks>NaN, which resampling tools leave where nothing was measured, becomes air (<see cref="StoredVolume.Air"/>); infinities are
    /// refused.</remarks>
    public CtVolume Read(
        string path, VolumeReadOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return ReadCt(StoredFile.Open(path), path, progress, cancellation);
    }

    /// <summary>Reads a CT from what may not be a file.</summary>
    /// <inheritdoc cref="StoredFile.Open(string, Func{Stream}, ValueTuple{long, long}?)"/>
    internal static CtVolume Read(
        string name, Func<Stream> open, (long Length, long Stored) size, CancellationToken cancellation) => ReadCt(
        StoredFile.Open(name, open, size), name, null, cancellation);

    private static CtVolume ReadCt(StoredFile opened, string path, IProgress<double>? progress, CancellationToken cancellation)
    {
        using var file = opened;
        var header = ReadHeader(file, path);
        return StoredVolume.ReadCt(file, header, Skip(header), path, progress, cancellation);
    }

    /// <summary>Reads an anomaly map, or any other map of real numbers, as it is stored; NaN and infinities are kept.</summary>
    /// <inheritdoc cref="ReadHeader(string)"/>
    public static AnomalyMap ReadMap(string path, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        using var file = StoredFile.Open(path);
        var header = ReadHeader(file, path);
        float[] voxels = StoredVolume.Decode<float>(
            file, header, Skip(header), path, static (block, voxels, header, _) => StoredVoxelDecoder.Decode(header, block, voxels),
            progress, cancellation);
        return new AnomalyMap(new VolumeGrid(header.Shape, header.Affine), voxels);
    }

    /// <summary>Reads labels of any voxel type, scaled or not, as long as each is a whole number from 0 to 255.</summary>
    /// <inheritdoc cref="ReadHeader(string)"/>
    public static LabelVolume ReadLabels(string path, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return ReadLabels(StoredFile.Open(path), path, progress, cancellation);
    }

    /// <summary>Reads labels from what may not be a file.</summary>
    /// <inheritdoc cref="StoredFile.Open(string, Func{Stream}, ValueTuple{long, long}?)"/>
    internal static LabelVolume ReadLabels(
        string name, Func<Stream> open, (long Length, long Stored) size, CancellationToken cancellation) => ReadLabels(
        StoredFile.Open(name, open, size), name, null, cancellation);

    private static LabelVolume ReadLabels(StoredFile opened, string path, IProgress<double>? progress, CancellationToken cancellation)
    {
        using var file = opened;
        var header = ReadHeader(file, path);
        return StoredVolume.ReadLabels(file, header, Skip(header), path, progress, cancellation);
    }

    /// <summary>
    /// Reads a mask: labels as <see cref="ReadLabels(string, IProgress{double}?, CancellationToken)"/> takes them, every one but 0 counting
    /// as lesion.
    /// </summary>
    /// <inheritdoc cref="ReadHeader(string)"/>
    public static LesionMask ReadMask(string path, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var labels = ReadLabels(path, progress, cancellation);
        foreach (ref byte voxel in labels.Voxels.AsSpan())
            voxel = voxel == 0 ? (byte)0 : (byte)1;
        return new LesionMask(labels.Grid, labels.Voxels);
    }

    private static long Skip(NiftiHeader header) => header.DataOffset - NiftiHeader.Size;

    private static NiftiHeader ReadHeader(StoredFile file, string path)
    {
        Span<byte> bytes = stackalloc byte[NiftiHeader.Size];
        int count = file.Read(bytes);
        if (Packing(bytes[..count]) is { } packing)
            throw new VolumeFormatException(path, packing, "a NIfTI-1 file, gzipped once at most", "Unpack it and pass what is in it.");
        if (count < bytes.Length)
            throw new VolumeFormatException(
                path, $"{count} bytes", $"a NIfTI-1 header of {NiftiHeader.Size} bytes",
                "The file is incomplete or no NIfTI: get it again.");
        var header = NiftiHeader.Parse(bytes, path);
        if (file.LongestContent < header.DataOffset + header.DataLength)
            throw file.Truncated(file.LongestContent, header.DataOffset + header.DataLength);
        return header;
    }

    // What such a name may hold after a browser or a mail program had it.
    private static string? Packing(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [(byte)'P', (byte)'K', 3, 4, ..] => "a zip",
        [0x1F, 0x8B, ..] => "a file that is gzipped twice",
        _ => null,
    };
}
