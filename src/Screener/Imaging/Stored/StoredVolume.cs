using System.Runtime.CompilerServices;
using Screener.Errors;

namespace Screener.Imaging.Stored;

/// <summary>Turns the voxels that a header describes into volumes, block by block.</summary>
/// <remarks>Memory: the returned array and less than 1 MiB.</remarks>
public static class StoredVolume
{
    /// <summary>The HU that stands for a voxel that was not measured: air.</summary>
    public const float Air = -1000;

    // A multiple of every voxel size.
    private const int BlockLength = 1 << 16;

    internal delegate void BlockDecoder<T>(Span<byte> block, Span<T> voxels, StoredHeader header, string path);

    /// <summary>A CT. NaN, which resampling tools leave where nothing was measured, becomes air; infinities are refused.</summary>
    /// <param name="file">Stands <paramref name="skip"/> bytes before the first voxel.</param>
    /// <param name="header">What the voxels are.</param>
    /// <param name="skip">Bytes to leave out.</param>
    /// <param name="path">The file, for messages.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops the reading.</param>
    internal static CtVolume ReadCt(
        StoredFile file, StoredHeader header, long skip, string path, IProgress<double>? progress, CancellationToken cancellation)
    {
        var grid = new VolumeGrid(header.Shape, header.Affine);
        PatientGrid.Require(grid, path);
        float[] hu = Decode<float>(file, header, skip, path, static (block, voxels, header, path) =>
        {
            StoredVoxelDecoder.Decode(header, block, voxels);
            if (header.IsSurelyFinite)
                return;
            for (int i; (i = StoredVoxelDecoder.IndexOfNonFinite(voxels)) >= 0; voxels = voxels[(i + 1)..])
            {
                if (!float.IsNaN(voxels[i]))
                    throw new VolumeFormatException(path, $"a voxel of {voxels[i]} HU", "finite HU", "Check how the file was made.");
                voxels[i] = Air;
            }
        }, progress, cancellation);
        return new CtVolume(grid, hu, path) { Notes = header.Notes };
    }

    /// <summary>Labels of any voxel type, scaled or not, as long as each is a whole number from 0 to 255.</summary>
    /// <inheritdoc cref="ReadCt"/>
    internal static LabelVolume ReadLabels(
        StoredFile file, StoredHeader header, long skip, string path, IProgress<double>? progress, CancellationToken cancellation)
    {
        var numbers = new float[BlockLength];
        byte[] labels = Decode<byte>(file, header, skip, path, (block, labels, header, path) =>
        {
            if (header.DataType == VoxelType.UInt8 && !header.IsScaled)
            {
                block.CopyTo(labels);
                return;
            }

            var values = numbers.AsSpan(0, labels.Length);
            StoredVoxelDecoder.Decode(header, block, values);
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

    /// <summary>All voxels in the order of the file.</summary>
    /// <inheritdoc cref="ReadCt"/>
    internal static T[] Decode<T>(
        StoredFile file, StoredHeader header, long skip, string path, BlockDecoder<T> decode, IProgress<double>? progress,
        CancellationToken cancellation)
        where T : unmanaged
    {
        var block = GC.AllocateUninitializedArray<byte>(BlockLength);
        long length = skip + header.DataLength;
        for (long left = skip; left > 0; left -= BlockLength)
            file.ReadExactly(block.AsSpan(0, (int)Math.Min(left, BlockLength)), length);

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

        // A packed stream proves itself by the checksum at its end, which is seen only by reading on.
        _ = file.Read(block.AsSpan(0, 1 << 16));
        return voxels;
    }

    private static T[] Allocate<T>(StoredHeader header, StoredFile file, string path)
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
