using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Screener.Errors;
using Screener.Imaging.Stored;
using Screener.Storage;

namespace Screener.Imaging.Nifti;

/// <summary>Writes volumes as single-file NIfTI-1, little-endian, gzipped if the name ends in .gz, whole or not at all.</summary>
/// <remarks>
/// Voxels are stored unscaled: HU as int16 if all of them are whole and fit and as float32 otherwise, scores as float32 (or, where
/// asked for, as int16 with a scale), labels and masks as uint8. The affine is written as the sform and, where its axes are at right
/// angles, as the qform too (code 1, scanner), in mm; the header holds float32, so it comes back with 7 digits.
/// </remarks>
public static class NiftiWriter
{
    private const int BlockLength = 1 << 16;

    // Runs and letter frequencies only: 200 MB/s a core, a chest CT to 60 % of its int16 size. The usual searches for repeats find
    // little in noise: zlib's level 1 is slower and gives more (73 %); its level 6 takes four times as long for a tenth less. Of a map
    // all voxels outside of the body are the same few bytes, which no run of one byte is: level 1 is faster there, and a quarter less.
    private static readonly ZLibCompressionOptions
        Fast = new() { CompressionLevel = 6, CompressionStrategy = ZLibCompressionStrategy.RunLengthEncoding },
        OfMaps = new() { CompressionLevel = 1 };

    /// <summary>Writes HU.</summary>
    /// <param name="path">A name that ends in .nii or .nii.gz.</param>
    /// <param name="volume">What to write.</param>
    /// <param name="description">Free text in the header, at most 79 printable Latin-1 characters.</param>
    /// <param name="progress">Fraction done, 0 to 1.</param>
    /// <param name="cancellation">Stops the writing and leaves no file.</param>
    /// <exception cref="OptionException">The name, the description, or a shape of more than 32,767 along an axis.</exception>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(
        string path, CtVolume volume, string? description = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(volume);
        if (AreAllInt16(volume.Voxels))
            Write(path, volume, VoxelType.Int16, Narrow, description, progress, cancellation);
        else
            Write(path, volume, VoxelType.Float32, Copy, description, progress, cancellation);
    }

    /// <summary>Writes scores.</summary>
    /// <param name="path">A name that ends in .nii or .nii.gz.</param>
    /// <param name="volume">What to write.</param>
    /// <param name="description">Free text in the header, at most 79 printable Latin-1 characters.</param>
    /// <param name="progress">Fraction done, 0 to 1.</param>
    /// <param name="cancellation">Stops the writing and leaves no file.</param>
    /// <param name="threads">Threads that pack; 0 means one per processor. The bytes do not depend on them.</param>
    /// <exception cref="OptionException">The name, the description, the threads, or a shape of more than 32,767 along an axis.</exception>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(
        string path, AnomalyMap volume, string? description = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default, int threads = 1) =>
        Write(path, volume, VoxelType.Float32, Copy, description, progress, cancellation, packers: threads);

    /// <summary>Writes scores as int16 in steps of 1, 2 or 5 times a power of ten, the finest that has room for the highest.</summary>
    /// <inheritdoc cref="Write(string, AnomalyMap, string?, IProgress{double}?, CancellationToken, int)"/>
    public static void WriteInSteps(
        string path, AnomalyMap volume, string? description = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(volume);
        float step = StepOf(volume.Voxels);
        Write(
            path, volume, VoxelType.Int16, (voxels, bytes) => Steps(voxels, step, bytes), description, progress, cancellation, step,
            threads);
    }

    /// <summary>Writes labels or a mask.</summary>
    /// <inheritdoc cref="Write(string, CtVolume, string?, IProgress{double}?, CancellationToken)"/>
    public static void Write(
        string path, Volume<byte> volume, string? description = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default) =>
        Write(path, volume, VoxelType.UInt8, Copy, description, progress, cancellation);

    private delegate void BlockEncoder<T>(ReadOnlySpan<T> voxels, Span<byte> bytes);

    private static void Write<T>(
        string path, Volume<T> volume, VoxelType type, BlockEncoder<T> encode, string? description, IProgress<double>? progress,
        CancellationToken cancellation, float slope = 1, int? packers = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(volume);
        if (description is not null && (description.Length > 79 || description.Any(c => char.IsControl(c) || c > 255)))
            throw new OptionException(nameof(description), $"'{description}'", "at most 79 printable Latin-1 characters");
        if (packers is { } most)
            OptionException.ThrowIfOutside("threads", most, 0, 1024);
        bool isGzipped = path.EndsWith(".nii.gz", StringComparison.OrdinalIgnoreCase);
        if (!isGzipped && !path.EndsWith(".nii", StringComparison.OrdinalIgnoreCase))
            throw new OptionException("path", $"'{path}'", "a name that ends in .nii or .nii.gz", "Change the name.");
        byte[] header = Header(volume.Grid, type, slope, description ?? "");
        AtomicFile.Write(path, file =>
        {
            // Maps are large and barely shrink: they are packed on several threads, in blocks. Other files are one stream.
            using Stream? packed = !isGzipped ? null
                : packers is { } threads ? new BlockGzipStream(file, OfMaps, threads) : new GZipStream(file, Fast);
            Stream stream = packed ?? file;
            stream.Write(header);
            var voxels = volume.Voxels;
            int size = type.Size();
            var block = GC.AllocateUninitializedArray<byte>(BlockLength);
            for (int done = 0; done < voxels.Length;)
            {
                cancellation.ThrowIfCancellationRequested();
                int count = Math.Min(voxels.Length - done, BlockLength / size);
                encode(voxels.AsSpan(done, count), block);
                stream.Write(block, 0, count * size);
                done += count;
                progress?.Report((double)done / voxels.Length);
            }

            (packed as BlockGzipStream)?.End();
        });
    }

    private static byte[] Header(VolumeGrid grid, VoxelType type, float slope, string description)
    {
        var (shape, affine) = grid;
        if (Math.Max(shape.Depth, Math.Max(shape.Height, shape.Width)) > short.MaxValue)
            throw new OptionException(
                "shape", $"{shape}", $"at most {short.MaxValue} voxels along each axis, as NIfTI-1 stores them",
                "Crop or resample the volume.");
        var header = new byte[NiftiHeader.MinimumOffset];
        BinaryPrimitives.WriteInt32LittleEndian(header, NiftiHeader.Size);
        header[38] = (byte)'r';
        ReadOnlySpan<int> dimensions = [3, shape.Width, shape.Height, shape.Depth, 1, 1, 1, 1];
        for (int i = 0; i < 8; i++)
            Int16(40 + (2 * i), dimensions[i]);
        Int16(70, (int)type);
        Int16(72, type.Size() * 8);
        Span<float> quaternion = stackalloc float[3];
        bool hasQuaternion = NiftiGeometry.TryGetQuaternion(affine, quaternion, out float qfac);
        var spacing = affine.Spacing;
        ReadOnlySpan<double> sizes = [qfac, spacing.Width, spacing.Height, spacing.Depth, 1, 1, 1, 1];
        for (int i = 0; i < 8; i++)
            Single(76 + (4 * i), sizes[i]);
        Single(108, NiftiHeader.MinimumOffset);
        Single(112, slope);
        header[123] = 2;
        Encoding.Latin1.GetBytes(description, header.AsSpan(148, 79));
        Int16(252, hasQuaternion ? 1 : 0);
        Int16(254, 1);
        for (int i = 0; i < 3; i++)
        {
            Single(256 + (4 * i), hasQuaternion ? quaternion[i] : 0);
            Single(268 + (4 * i), affine[i, 3]);
            for (int column = 0; column < 4; column++)
                Single(280 + (16 * i) + (4 * column), affine[i, column]);
        }

        "n+1\0"u8.CopyTo(header.AsSpan(344));
        return header;

        void Int16(int offset, int value) => BinaryPrimitives.WriteInt16LittleEndian(header.AsSpan(offset), (short)value);

        void Single(int offset, double value) => BinaryPrimitives.WriteSingleLittleEndian(header.AsSpan(offset), (float)value);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool AreAllInt16(ReadOnlySpan<float> voxels)
    {
        int i = 0;
        for (; i <= voxels.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var value = new Vector<float>(voxels[i..]);
            var inRange =
                Vector.GreaterThanOrEqual(value, new Vector<float>(short.MinValue)) & Vector.LessThanOrEqual(
                    value, new Vector<float>(short.MaxValue));
            if (!Vector.EqualsAll(inRange & Vector.Equals(Vector.Truncate(value), value), Vector<int>.AllBitsSet))
                return false;
        }

        for (; i < voxels.Length; i++)
        {
            if ((short)voxels[i] != voxels[i])
                return false;
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow(ReadOnlySpan<float> voxels, Span<byte> bytes)
    {
        var stored = MemoryMarshal.Cast<byte, short>(bytes)[..voxels.Length];
        int i = 0;
        for (; i <= stored.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            var low = Vector.ConvertToInt32(new Vector<float>(voxels[i..]));
            var high = Vector.ConvertToInt32(new Vector<float>(voxels[(i + Vector<int>.Count)..]));
            Vector.Narrow(low, high).CopyTo(stored[i..]);
        }

        for (; i < stored.Length; i++)
            stored[i] = (short)voxels[i];
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(stored, stored);
    }

    private static void Copy(ReadOnlySpan<float> voxels, Span<byte> bytes)
    {
        var stored = MemoryMarshal.Cast<byte, int>(bytes)[..voxels.Length];
        MemoryMarshal.Cast<float, int>(voxels).CopyTo(stored);
        if (!BitConverter.IsLittleEndian)
            BinaryPrimitives.ReverseEndianness(stored, stored);
    }

    private static float StepOf(ReadOnlySpan<float> voxels)
    {
        float highest = 0;
        foreach (float value in voxels)
        {
            highest = float.IsFinite(value)
                ? Math.Max(highest, Math.Abs(value))
                : throw new OptionException(nameof(voxels), $"a score of {value}", "finite scores, where they are stored as int16");
        }

        if (highest == 0)
            return 1;
        double least = (double)highest / short.MaxValue, power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return (float)(power * ((double[])[1, 2, 5, 10]).First(f => f * power >= least));
    }

    private static void Steps(ReadOnlySpan<float> voxels, float step, Span<byte> bytes)
    {
        for (int i = 0; i < voxels.Length; i++)
        {
            double stored = Math.Clamp(Math.Round(voxels[i] / (double)step), short.MinValue, short.MaxValue);
            BinaryPrimitives.WriteInt16LittleEndian(bytes[(2 * i)..], (short)stored);
        }
    }

    private static void Copy(ReadOnlySpan<byte> voxels, Span<byte> bytes) => voxels.CopyTo(bytes);
}
