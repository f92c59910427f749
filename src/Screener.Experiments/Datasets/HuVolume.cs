using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

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
    private readonly FramedFile<HuVolumeHeader> _file;
    private readonly LabelRun[] _runs;
    private readonly Lazy<MemoryMappedViewAccessor> _voxels;

    private HuVolume(FramedFile<HuVolumeHeader> file, VolumeGrid grid, LabelRun[] runs)
    {
        (_file, _runs) = (file, runs);
        _voxels = new Lazy<MemoryMappedViewAccessor>(Map);
        (Dataset, Id, Source, Grid) = (file.Header.Dataset, file.Header.Id, file.Header.Source, grid);
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

    /// <summary>Opens a file that <see cref="DatasetImport"/> wrote.</summary>
    /// <exception cref="MissingInputException">The file is not there or cannot be read.</exception>
    /// <exception cref="VolumeFormatException">It is not such a file, or it is damaged.</exception>
    public static HuVolume Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = FramedFile.Open<HuVolumeHeader>(path, HuVolumeFile.Kind);
        try
        {
            var header = file.Header;
            if (VolumeGrid.Of(header.Shape, header.Affine) is not { } grid || header.Runs < 0 || header.Runs > grid.Shape.VoxelCount)
                throw file.Damaged("an incomplete header");
            long labels = 2 * grid.Shape.VoxelCount;
            file.RequireLength(labels + (HuVolumeFile.RunLength * (long)header.Runs));
            var tail = new byte[HuVolumeFile.RunLength * header.Runs];
            file.Read(tail, labels);
            return new HuVolume(file, grid, Runs(tail, grid.Shape, file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Reads all voxels and compares the checksum.</summary>
    /// <exception cref="VolumeFormatException">The file is damaged.</exception>
    /// <exception cref="MissingInputException">The file cannot be read.</exception>
    public CtVolume ReadCt(CancellationToken cancellation = default)
    {
        var voxels = GC.AllocateUninitializedArray<float>(Grid.Shape.CheckedLength());
        _file.ReadAll(
            (bytes, at) =>
            {
                long first = at / 2;
                if (first >= voxels.Length)
                    return;
                var part = MemoryMarshal.Cast<byte, short>(bytes.Span)[..(int)Math.Min(bytes.Length / 2, voxels.Length - first)];
                Decode(part, voxels.AsSpan((int)first, part.Length));
            },
            cancellation);
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
            _file.RequireWhole();
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
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw _file.Unreadable(e);
        }
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
        using var map = MemoryMappedFile.CreateFromFile(_file.Handle, null, 0, Access, HandleInheritability.None, leaveOpen: true);
        return map.CreateViewAccessor(_file.Start, 2 * Grid.Shape.VoxelCount, Access);
    }

    private static LabelRun[] Runs(ReadOnlySpan<byte> bytes, VolumeShape shape, FramedFile<HuVolumeHeader> file)
    {
        var runs = new LabelRun[bytes.Length / HuVolumeFile.RunLength];
        long end = 0;
        for (int i = 0; i < runs.Length; i++)
        {
            var part = bytes[(i * HuVolumeFile.RunLength)..];
            runs[i] = new LabelRun(
                BinaryPrimitives.ReadInt32LittleEndian(part), BinaryPrimitives.ReadInt32LittleEndian(part[4..]),
                BinaryPrimitives.ReadInt32LittleEndian(part[8..]));
            if (runs[i].Start < end || runs[i].Length < 1 || runs[i].Label is not ((int)CaseLabel.Lesion or (int)CaseLabel.Organ))
                throw file.Damaged($"labels that do not follow each other ({runs[i]})");
            end = (long)runs[i].Start + runs[i].Length;
        }

        return end <= shape.VoxelCount ? runs : throw file.Damaged("labels outside of the volume");
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
}
