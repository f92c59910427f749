using System.Buffers.Binary;
using System.Text;
using Screener.Errors;
using Screener.Imaging.Stored;

namespace Screener.Imaging.Nifti;

/// <summary>Which of a NIfTI header's statements gave the affine.</summary>
public enum NiftiAffineSource
{
    /// <summary>The sform: the affine itself.</summary>
    Sform,

    /// <summary>The qform: a quaternion, an offset and the voxel sizes.</summary>
    Qform,

    /// <summary>
    /// Neither: the voxel sizes alone, W to the patient's left, the world's origin in the middle of the volume, as nibabel has it.
    /// </summary>
    VoxelSizes,
}

/// <summary>What the header of a single-file NIfTI-1 volume says, checked.</summary>
/// <remarks>
/// <para>The affine follows nibabel: the sform if its code is valid (1 to 5), otherwise the qform if its code is valid,
/// otherwise the voxel sizes. Voxel sizes of 0 count as 1, negative ones as positive, a qfac that is neither 1 nor -1 as 1.
/// Other than nibabel, metres and micrometres (xyzt_units) are brought to mm; unknown units count as mm.</para>
/// <para>A scl_slope of 0, NaN or infinity means that voxels are not scaled.</para>
/// </remarks>
public sealed record NiftiHeader : StoredHeader
{
    /// <summary>Bytes of the header proper.</summary>
    internal const int Size = 348;

    /// <summary>Bytes before the voxels of a file without extensions.</summary>
    internal const int MinimumOffset = 352;

    // Extensions of this length do not occur; the limit bounds how much of a gzip stream is unpacked to skip them.
    private const int MaximumOffset = 1 << 26;

    private NiftiHeader()
    {
    }

    /// <summary>Bytes before the first voxel.</summary>
    public required int DataOffset { get; init; }

    /// <summary>Where <see cref="Affine"/> comes from.</summary>
    public required NiftiAffineSource AffineSource { get; init; }

    /// <summary>The header's free text.</summary>
    public required string Description { get; init; }

    /// <summary>True if the bytes begin like a header of NIfTI-1 or NIfTI-2, of one file or two.</summary>
    internal static bool LooksLikeNifti(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Size)
            return false;
        int size = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        int swapped = BinaryPrimitives.ReverseEndianness(size);
        return size == 540 || swapped == 540
            || ((size == Size || swapped == Size) && bytes.Slice(344, 4) is [(byte)'n', (byte)'+' or (byte)'i', (byte)'1', 0]);
    }

    /// <summary>Reads a header.</summary>
    /// <param name="bytes">The first 348 bytes of the file, unpacked.</param>
    /// <param name="file">The file, for messages.</param>
    /// <exception cref="VolumeFormatException">The header is damaged or describes something that is not one 3-D volume.</exception>
    internal static NiftiHeader Parse(ReadOnlySpan<byte> bytes, string file)
    {
        bool isBigEndian = CheckKind(bytes, file);
        var fields = new NiftiFields(bytes, isBigEndian);
        short code = fields.Int16(70);
        if (!Enum.IsDefined((VoxelType)code))
        {
            throw new VolumeFormatException(
                file, VoxelTypes.NameOfRefused(code), "one integer or floating-point number of at most 64 bits per voxel",
                "Convert the voxels, for example to float32 with nibabel.");
        }

        var type = (VoxelType)code;
        short bits = fields.Int16(72);
        if (bits != 0 && bits != type.Size() * 8)
            throw Damaged(file, $"{bits} bits per voxel of type {type}", $"{type.Size() * 8}");
        var shape = ReadShape(fields, file);
        var (slope, intercept) = ReadScaling(fields, file);
        var (affine, source, notes) = NiftiGeometry.Read(fields, shape, file);
        return new NiftiHeader
        {
            Shape = shape,
            DataType = type,
            IsBigEndian = isBigEndian,
            DataOffset = ReadOffset(fields, file),
            Slope = slope,
            Intercept = intercept,
            Affine = affine,
            AffineSource = source,
            Notes = notes,
            Description = fields.Text(148, 80),
        };
    }

    /// <summary>The error for a header that contradicts itself.</summary>
    internal static VolumeFormatException Damaged(string file, string found, string expected) =>
        new(file, found, expected, "The file is damaged or was written wrongly: get it again or repair its header.");

    // Returns whether the file is big-endian.
    private static bool CheckKind(ReadOnlySpan<byte> bytes, string file)
    {
        int size = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        bool isBigEndian = size is not (Size or 540);
        if (isBigEndian)
            size = BinaryPrimitives.ReverseEndianness(size);
        if (size == 540)
            throw new VolumeFormatException(
                file, "a NIfTI-2 file", "NIfTI-1", "Convert it, for example with nibabel's Nifti1Image.from_image.");
        if (size != Size)
            throw new VolumeFormatException(
                file, "no NIfTI header", "NIfTI-1 (.nii or .nii.gz)", "Convert it, for example with dcm2niix or SimpleITK.");
        return bytes.Slice(344, 4) switch
        {
            [(byte)'n', (byte)'+', (byte)'1', 0] => isBigEndian,
            [(byte)'n', (byte)'i', (byte)'1', 0] => throw new VolumeFormatException(
                file, "the header of a two-file NIfTI (.hdr and .img)", "a single .nii or .nii.gz file",
                "Convert it, for example with nibabel."),
            _ => throw new VolumeFormatException(
                file, "an ANALYZE 7.5 header (no NIfTI magic), which does not say left from right", "a single .nii or .nii.gz file",
                "Convert it with a tool that knows its orientation."),
        };
    }

    private static VolumeShape ReadShape(in NiftiFields fields, string file)
    {
        int rank = fields.Int16(40);
        if (rank is < 1 or > 7)
            throw Damaged(file, $"{rank} dimensions", "3 to 7");
        Span<int> lengths = stackalloc int[7];
        lengths.Fill(1);
        for (int i = 0; i < rank; i++)
            lengths[i] = fields.Int16(42 + (2 * i));
        string found = string.Join(" x ", lengths[..rank].ToArray());
        if (lengths[..Math.Min(rank, 3)].ContainsAnyInRange(int.MinValue, 0))
            throw Damaged(file, $"{found} voxels", "at least one along each axis");
        if (rank < 3)
            throw new VolumeFormatException(file, $"a {rank}-D image of {found} voxels", "a 3-D volume", "Pass a volume.");
        if (lengths[3..].ContainsAnyExcept(1))
            throw new VolumeFormatException(
                file, $"{found} voxels: several frames or channels", "one 3-D volume",
                "Split it, for example with nibabel's four_to_three.");
        var shape = new VolumeShape(lengths[2], lengths[1], lengths[0]);
        if (shape.VoxelCount > Array.MaxLength)
            throw new VolumeFormatException(file, $"{found} voxels", $"at most {Array.MaxLength} voxels", "Crop or resample it first.");
        return shape;
    }

    private static (double Slope, double Intercept) ReadScaling(in NiftiFields fields, string file)
    {
        double slope = fields.Single(112), intercept = fields.Single(116);
        if (slope == 0 || !double.IsFinite(slope))
            return (1, 0);
        return double.IsFinite(intercept) ? (slope, intercept) : throw Damaged(file, $"a scl_inter of {intercept}", "a finite number");
    }

    private static int ReadOffset(in NiftiFields fields, string file)
    {
        float offset = fields.Single(108);
        return offset >= MinimumOffset && offset <= MaximumOffset && offset == MathF.Floor(offset)
            ? (int)offset
            : throw Damaged(
                file, FormattableString.Invariant($"a vox_offset of {offset}"), $"a whole number from {MinimumOffset} to {MaximumOffset}");
    }
}

/// <summary>Typed access to the bytes of a header.</summary>
internal readonly ref struct NiftiFields(ReadOnlySpan<byte> bytes, bool isBigEndian)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    internal short Int16(int offset) => isBigEndian
        ? BinaryPrimitives.ReadInt16BigEndian(_bytes[offset..])
        : BinaryPrimitives.ReadInt16LittleEndian(_bytes[offset..]);

    internal float Single(int offset) => isBigEndian
        ? BinaryPrimitives.ReadSingleBigEndian(_bytes[offset..])
        : BinaryPrimitives.ReadSingleLittleEndian(_bytes[offset..]);

    internal byte Byte(int offset) => _bytes[offset];

    internal string Text(int offset, int length)
    {
        var text = _bytes.Slice(offset, length);
        int end = text.IndexOf((byte)0);
        return Encoding.Latin1.GetString(end < 0 ? text : text[..end]);
    }
}
