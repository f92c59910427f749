using System.Buffers;
using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Screener.Errors;
using Screener.Imaging;

namespace Screener.Datasets;

/// <summary>
/// A CT of a cache: whole HU in canonical orientation (see <see cref="Affine"/>) with its lesions, of which any box can be
/// read by itself.
/// </summary>
/// <remarks>
/// Safe to read from several threads. Boxes are read from the mapped file each time; what was read lately the system keeps in
/// memory. The checksum is compared where the whole volume is read (<see cref="ReadCt"/>), not for boxes.
/// </remarks>
public sealed class HuVolume : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly string _path;
    private readonly long _data;
    private readonly long _length;
    private readonly LabelRun[] _runs;
    private readonly Lazy<MemoryMappedViewAccessor> _voxels;

    private HuVolume(SafeFileHandle file, string path, HuVolumeHeader header, VolumeGrid grid, long data, LabelRun[] runs)
    {
        (_file, _path, _data, _runs) = (file, path, data, runs);
        _length = RandomAccess.GetLength(file);
        _voxels = new Lazy<MemoryMappedViewAccessor>(Map);
        (Dataset, Id, Source, Grid) = (header.Dataset, header.Id, header.Source, grid);
        HasOrgan = Array.Exists(runs, r => r.Label == (int)CaseLabel.Organ);
    }

    /// <summary>The dataset.</summary>
    public string Dataset { get; }

    /// <summary>The case.</summary>
    public string Id { get; }

    /// <summary>Where it came from.</summary>
    public string Source { get; }

    /// <summary>Shape and position of the voxels, canonical.</summary>
    public VolumeGrid Grid { get; }

    /// <summary>True if the organ in which lesions grow is labelled.</summary>
    public bool HasOrgan { get; }

    /// <summary>Opens a file that <see cref="DatasetPreparation"/> wrote.</summary>
    /// <exception cref="MissingInputException">The file is not there or cannot be read.</exception>
    /// <exception cref="VolumeFormatException">It is not such a file, or it is damaged.</exception>
    public static HuVolume Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle? file = null;
        try
        {
            file = InputFile.OpenHandle(path);
            var volume = Open(file, path);
            file = null;
            return volume;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw Unreadable(path, e);
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>Reads all voxels and compares the checksum.</summary>
    /// <exception cref="VolumeFormatException">The file is damaged.</exception>
    /// <exception cref="MissingInputException">The file cannot be read.</exception>
    public CtVolume ReadCt(CancellationToken cancellation = default)
    {
        const int ChunkBytes = 1 << 20;
        var voxels = GC.AllocateUninitializedArray<float>(Grid.Shape.CheckedLength());
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            long end = _data + (2L * voxels.Length) + (HuVolumeFile.RunLength * (long)_runs.Length);
            for (long at = 0; at < end;)
            {
                cancellation.ThrowIfCancellationRequested();
                long limit = at < _data ? _data : Math.Min(end, at + ChunkBytes);
                var bytes = chunk.AsSpan(0, (int)Math.Min(ChunkBytes, limit - at));
                ReadExactly(bytes, at);
                hash.AppendData(bytes);
                long first = (at - _data) / 2;
                if (at >= _data && first < voxels.Length)
                {
                    var part = MemoryMarshal.Cast<byte, short>(bytes)[..(int)Math.Min(bytes.Length / 2, voxels.Length - first)];
                    Decode(part, voxels.AsSpan((int)first, part.Length));
                }

                at += bytes.Length;
            }

            Span<byte> sum = stackalloc byte[SHA256.HashSizeInBytes];
            ReadExactly(sum, end);
            if (!sum.SequenceEqual(hash.GetHashAndReset()))
                throw Damaged(_path, "a wrong checksum");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }

        return new CtVolume(Grid, voxels, Source);
    }

    /// <summary>The lesions; empty where nothing was annotated.</summary>
    public LesionMask ReadLesions() => Mask(CaseLabel.Lesion);

    /// <summary>The organ in which lesions grow, the lesions included; null if it is not labelled.</summary>
    public LesionMask? ReadOrgan() => HasOrgan ? Mask(null) : null;

    /// <summary>Reads the HU of a box.</summary>
    /// <param name="origin">The box's first voxel.</param>
    /// <param name="shape">The box's shape; it lies inside the volume.</param>
    /// <param name="hu">Receives the HU, [D, H, W] of <paramref name="shape"/>.</param>
    /// <exception cref="OptionException">The box is not inside the volume, or <paramref name="hu"/> is of another length.</exception>
    /// <exception cref="MissingInputException">The file cannot be read.</exception>
    public void ReadBox((int D, int H, int W) origin, VolumeShape shape, Span<float> hu)
    {
        Require(origin, shape, hu.Length);
        try
        {
            // Memory behind the end of a file that was shortened cannot be read without the end of the process.
            if (RandomAccess.GetLength(_file) < _length)
                throw Shortened();
            var voxels = _voxels.Value.SafeMemoryMappedViewHandle;
            bool held = false;
            try
            {
                voxels.DangerousAddRef(ref held);
                ReadRows(voxels.DangerousGetHandle() + (nint)_voxels.Value.PointerOffset, Grid.Shape, origin, shape, hu);
            }
            finally
            {
                if (held)
                    voxels.DangerousRelease();
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(_path, e);
        }
    }

    /// <summary>Reads a box with its lesions.</summary>
    /// <param name="origin">The box's first voxel.</param>
    /// <param name="shape">The box's shape; it lies inside the volume.</param>
    /// <exception cref="OptionException">The box is not inside the volume.</exception>
    /// <exception cref="MissingInputException">The file cannot be read.</exception>
    public (CtVolume Ct, LesionMask Lesions) ReadCrop((int D, int H, int W) origin, VolumeShape shape)
    {
        Require(origin, shape, null);
        var grid = Grid.Box(origin.D, origin.H, origin.W, shape);
        var hu = GC.AllocateUninitializedArray<float>(shape.CheckedLength());
        ReadBox(origin, shape, hu);
        var mask = new byte[hu.Length];
        LabelRuns.Mark(_runs, Grid.Shape, origin, shape, CaseLabel.Lesion, mask);
        return (new CtVolume(grid, hu, Source), new LesionMask(grid, mask));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_voxels.IsValueCreated)
            _voxels.Value.Dispose();
        _file.Dispose();
    }

    // Rows of a box lie apart in the file: mapped, they cost neither a call each nor a copy of what lies between.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void ReadRows(nint voxels, VolumeShape whole, (int D, int H, int W) origin, VolumeShape shape, Span<float> hu)
    {
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                var stored = new ReadOnlySpan<short>((short*)voxels + whole.Index(origin.D + d, origin.H + h, origin.W), shape.Width);
                Decode(stored, hu.Slice(shape.Index(d, h, 0), shape.Width));
            }
        }
    }

    // The view of the voxels; the file stays open for the rest.
    private MemoryMappedViewAccessor Map()
    {
        const MemoryMappedFileAccess Access = MemoryMappedFileAccess.Read;
        using var map = MemoryMappedFile.CreateFromFile(_file, null, 0, Access, HandleInheritability.None, leaveOpen: true);
        return map.CreateViewAccessor(_data, 2 * Grid.Shape.VoxelCount, Access);
    }

    private static HuVolume Open(SafeFileHandle file, string path)
    {
        long length = RandomAccess.GetLength(file);
        Span<byte> lead = stackalloc byte[HuVolumeFile.Magic.Length + 4];
        if (!TryRead(file, lead, 0) || !lead[..^4].SequenceEqual(HuVolumeFile.Magic))
            throw new VolumeFormatException(path, "it does not start with SCRNHU01", "a volume of a dataset cache", "Name a file that 'screener data prepare' wrote.");
        int headerLength = BinaryPrimitives.ReadInt32LittleEndian(lead[^4..]);
        if (headerLength is < 2 or > HuVolumeFile.MaxHeaderLength)
            throw Damaged(path, $"a header of {headerLength} bytes");
        var json = new byte[headerLength];
        if (!TryRead(file, json, lead.Length))
            throw Damaged(path, "a file that ends in its header");
        var (header, grid) = Parse(json, path);

        // The length is checked before anything as large as the header claims is allocated.
        long data = HuVolumeFile.DataOffset(headerLength), labels = data + (2 * grid.Shape.VoxelCount);
        long expected = labels + ((long)HuVolumeFile.RunLength * header.Runs) + SHA256.HashSizeInBytes;
        if (length != expected)
            throw Damaged(path, $"{length} bytes where its header of {grid.Shape} voxels needs {expected}");
        var tail = new byte[HuVolumeFile.RunLength * header.Runs];
        if (!TryRead(file, tail, labels))
            throw Damaged(path, "a file that ends in its labels");
        return new HuVolume(file, path, header, grid, data, Runs(tail, grid.Shape, path));
    }

    private static (HuVolumeHeader Header, VolumeGrid Grid) Parse(byte[] json, string path)
    {
        try
        {
            var read = JsonSerializer.Deserialize<HuVolumeHeader>(json, DatasetJson.Strict);
            if (read is { Shape: [var d, var h, var w], Affine: { Length: 12 } a, Runs: >= 0 } header)
            {
                var grid = new VolumeGrid(new VolumeShape(d, h, w), new Affine(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11]));
                _ = grid.Shape.CheckedLength();
                _ = grid.Affine.Inverse();
                if (header.Runs <= grid.Shape.VoxelCount)
                    return (header, grid);
            }
        }
        catch (Exception e) when (e is JsonException or OptionException)
        {
            throw Damaged(path, "a header that cannot be understood", e);
        }

        throw Damaged(path, "an incomplete header");
    }

    private static LabelRun[] Runs(ReadOnlySpan<byte> bytes, VolumeShape shape, string path)
    {
        var runs = new LabelRun[bytes.Length / HuVolumeFile.RunLength];
        long end = 0;
        for (int i = 0; i < runs.Length; i++)
        {
            var part = bytes[(i * HuVolumeFile.RunLength)..];
            runs[i] = new LabelRun(
                BinaryPrimitives.ReadInt32LittleEndian(part), BinaryPrimitives.ReadInt32LittleEndian(part[4..]), BinaryPrimitives.ReadInt32LittleEndian(part[8..]));
            if (runs[i].Start < end || runs[i].Length < 1 || runs[i].Label is not ((int)CaseLabel.Lesion or (int)CaseLabel.Organ))
                throw Damaged(path, $"labels that do not follow each other ({runs[i]})");
            end = (long)runs[i].Start + runs[i].Length;
        }

        return end <= shape.VoxelCount ? runs : throw Damaged(path, "labels outside of the volume");
    }

    private LesionMask Mask(CaseLabel? label)
    {
        var mask = new byte[Grid.Shape.CheckedLength()];
        LabelRuns.Mark(_runs, Grid.Shape, default, Grid.Shape, label, mask);
        return new LesionMask(Grid, mask);
    }

    private void Require((int D, int H, int W) origin, VolumeShape shape, int? length)
    {
        var whole = Grid.Shape;
        bool inside = origin is { D: >= 0, H: >= 0, W: >= 0 } && shape is { Depth: > 0, Height: > 0, Width: > 0 }
            && shape.Depth <= whole.Depth - origin.D && shape.Height <= whole.Height - origin.H && shape.Width <= whole.Width - origin.W;
        if (!inside)
            throw new OptionException("box", $"{shape} voxels at {origin}", $"a box inside of {whole}");
        if (length is { } given && given != shape.CheckedLength())
            throw new OptionException("hu", $"room for {given} voxels", $"room for {shape.VoxelCount}");
    }

    private void ReadExactly(Span<byte> bytes, long offset)
    {
        try
        {
            if (!TryRead(_file, bytes, offset))
                throw Shortened();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(_path, e);
        }
    }

    private static bool TryRead(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        while (bytes.Length > 0)
        {
            int count = RandomAccess.Read(file, bytes, offset);
            if (count == 0)
                return false;
            bytes = bytes[count..];
            offset += count;
        }

        return true;
    }

    private static void Decode(ReadOnlySpan<short> stored, Span<float> hu)
    {
        if (BitConverter.IsLittleEndian)
        {
            Int16Voxels.Widen(stored, hu);
            return;
        }

        for (int i = 0; i < stored.Length; i++)
            hu[i] = BinaryPrimitives.ReverseEndianness(stored[i]);
    }

    private VolumeFormatException Shortened() => Damaged(_path, "a file that was shortened while it was open");

    private static VolumeFormatException Damaged(string path, string found, Exception? inner = null) =>
        new(path, found, "a whole volume of a dataset cache", "Delete it and run 'screener data prepare' again.", inner);

    private static MissingInputException Unreadable(string path, Exception inner) =>
        new(path, $"it cannot be read ({inner.Message.TrimEnd('.')})", "a volume of a dataset cache", "Check the path, or run 'screener data prepare'.", inner);
}
