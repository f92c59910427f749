using System.Runtime.CompilerServices;
using Screener.Errors;

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
    /// <summary>The HU that stands for a voxel that was not measured: air.</summary>
    public const float Air = -1000;

    // A multiple of every voxel size.
    private const int BlockLength = 1 << 16;

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
            using var file = NiftiFile.Open(path);
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
        using var file = NiftiFile.Open(path);
        return ReadHeader(file, path);
    }

    /// <summary>Reads the header of what may not be a file.</summary>
    /// <inheritdoc cref="NiftiFile.Open(string, Func{Stream}, ValueTuple{long, long}?)"/>
    internal static NiftiHeader ReadHeader(string name, Func<Stream> open, (long Length, long Stored) size)
    {
        using var file = NiftiFile.Open(name, open, size);
        return ReadHeader(file, name);
    }

    /// <inheritdoc/>
    /// <remarks>NaN, which resampling tools leave where nothing was measured, becomes air (<see cref="Air"/>); infinities are
    /// refused.</remarks>
    public CtVolume Read(
        string path, VolumeReadOptions options, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return ReadCt(NiftiFile.Open(path), path, progress, cancellation);
    }

    /// <summary>Reads a CT from what may not be a file.</summary>
    /// <inheritdoc cref="NiftiFile.Open(string, Func{Stream}, ValueTuple{long, long}?)"/>
    internal static CtVolume Read(
        string name, Func<Stream> open, (long Length, long Stored) size, CancellationToken cancellation) => ReadCt(
        NiftiFile.Open(name, open, size), name, null, cancellation);

    private static CtVolume ReadCt(NiftiFile file, string path, IProgress<double>? progress, CancellationToken cancellation)
    {
        var (header, voxels) = Decode<float>(file, path, static (block, voxels, header, path) =>
        {
            NiftiVoxelDecoder.Decode(header, block, voxels);
            if (header.IsSurelyFinite)
                return;
            for (int i; (i = NiftiVoxelDecoder.IndexOfNonFinite(voxels)) >= 0; voxels = voxels[(i + 1)..])
            {
                if (!float.IsNaN(voxels[i]))
                    throw new VolumeFormatException(path, $"a voxel of {voxels[i]} HU", "finite HU", "Check how the file was made.");
                voxels[i] = Air;
            }
        }, progress, cancellation, isCt: true);
        return new CtVolume(new VolumeGrid(header.Shape, header.Affine), voxels, path) { Notes = header.Notes };
    }

    /// <summary>Reads an anomaly map, or any other map of real numbers, as it is stored; NaN and infinities are kept.</summary>
    /// <inheritdoc cref="ReadHeader(string)"/>
    public static AnomalyMap ReadMap(string path, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        var (header, voxels) = Decode<float>(
            NiftiFile.Open(path), path, static (block, voxels, header, _) => NiftiVoxelDecoder.Decode(header, block, voxels), progress,
            cancellation);
        return new AnomalyMap(new VolumeGrid(header.Shape, header.Affine), voxels);
    }

    /// <summary>Reads labels of any voxel type, scaled or not, as long as each is a whole number from 0 to 255.</summary>
    /// <inheritdoc cref="ReadHeader(string)"/>
    public static LabelVolume ReadLabels(string path, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(path);
        return ReadLabels(NiftiFile.Open(path), path, progress, cancellation);
    }

    /// <summary>Reads labels from what may not be a file.</summary>
    /// <inheritdoc cref="NiftiFile.Open(string, Func{Stream}, ValueTuple{long, long}?)"/>
    internal static LabelVolume ReadLabels(
        string name, Func<Stream> open, (long Length, long Stored) size, CancellationToken cancellation) => ReadLabels(
        NiftiFile.Open(name, open, size), name, null, cancellation);

    private static LabelVolume ReadLabels(NiftiFile file, string path, IProgress<double>? progress, CancellationToken cancellation)
    {
        var numbers = new float[BlockLength];
        var (header, labels) = Decode<byte>(file, path, (block, labels, header, path) =>
        {
            if (header.DataType == NiftiDataType.UInt8 && !header.IsScaled)
            {
                block.CopyTo(labels);
                return;
            }

            var values = numbers.AsSpan(0, labels.Length);
            NiftiVoxelDecoder.Decode(header, block, values);
            for (int i = 0; i < values.Length; i++)
            {
                byte label = (byte)values[i];
                if (label != values[i])
                    throw new VolumeFormatException(
                        path, FormattableString.Invariant($"a voxel of {values[i]}"), "labels: whole numbers from 0 to 255",
                        "Pass a label map.");
                labels[i] = label;
            }
        }, progress, cancellation);
        return new LabelVolume(new VolumeGrid(header.Shape, header.Affine), labels);
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

    private delegate void BlockDecoder<T>(Span<byte> block, Span<T> voxels, NiftiHeader header, string path);

    // Closes the file.
    private static (NiftiHeader Header, T[] Voxels) Decode<T>(
        NiftiFile opened, string path, BlockDecoder<T> decode, IProgress<double>? progress, CancellationToken cancellation,
            bool isCt = false)
        where T : unmanaged
    {
        using var file = opened;
        var header = ReadHeader(file, path);
        if (isCt)
            PatientGrid.Require(new VolumeGrid(header.Shape, header.Affine), path);
        var block = GC.AllocateUninitializedArray<byte>(BlockLength);
        long length = header.DataOffset + header.DataLength;
        for (int skip = header.DataOffset - NiftiHeader.Size; skip > 0; skip -= BlockLength)
            file.ReadExactly(block.AsSpan(0, Math.Min(skip, BlockLength)), length);

        var voxels = Allocate<T>(header, file, path);
        int size = header.DataType.Size();
        for (int done = 0; done < voxels.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(voxels.Length - done, BlockLength / size);
            var bytes = block.AsSpan(0, count * size);
            file.ReadExactly(bytes, length);
            decode(bytes, voxels.AsSpan(done, count), header, path);
            done += count;
            progress?.Report((double)done / voxels.Length);
        }

        // A gzip stream proves itself by the checksum at its end, which is seen only by reading on.
        _ = file.Read(block.AsSpan(0, 1 << 16));
        return (header, voxels);
    }

    private static NiftiHeader ReadHeader(NiftiFile file, string path)
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

    private static T[] Allocate<T>(NiftiHeader header, NiftiFile file, string path)
        where T : unmanaged
    {
        // Labels take no more than their bytes in the stream, and honest ones are nearly all zeros.
        if (Unsafe.SizeOf<T>() > 1 && header.Shape.VoxelCount * Unsafe.SizeOf<T>() > file.MostMemory)
        {
            throw new VolumeFormatException(
                path, $"{header.Shape} voxels packed beyond what measured ones allow", "a CT or a map",
                "The file is empty or made to fill memory: get it again.");
        }

        try
        {
            // A sparse file has as many bytes as it likes. Where memory is lent beyond what there is, setting it aside would not fail.
            if (header.Shape.VoxelCount * Unsafe.SizeOf<T>() > GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)
                throw new OutOfMemoryException();
            return GC.AllocateUninitializedArray<T>((int)header.Shape.VoxelCount);
        }
        catch (OutOfMemoryException e)
        {
            throw new VolumeFormatException(
                path, $"{header.Shape} voxels", "a volume that fits into memory",
                "Crop or resample it first, or use a machine with more memory.", e);
        }
    }
}
