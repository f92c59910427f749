using Screener.Errors;

namespace Screener.Imaging;

/// <summary>
/// The one axis convention of Screener, and the map from voxel indices to the patient.
/// </summary>
/// <remarks>
/// <para>World coordinates are millimetres, RAS+: x grows to the patient's right, y to the front (anterior), z to the
/// head (superior), as in NIfTI. DICOM's LPS coordinates are negated in x and y when they are read.</para>
/// <para>Arrays are [D, H, W] with W fastest. The affine maps the column vector (w, h, d, 1), the fastest index first,
/// to (x, y, z, 1): column 0 is one step along W, column 1 along H, column 2 along D, column 3 is the centre of
/// voxel (0, 0, 0). These are the numbers of a NIfTI sform and of nibabel's <c>affine</c>.</para>
/// <para>A grid is in <em>canonical orientation</em> if W runs mostly to the right, H mostly to the front and D mostly
/// to the head. On a radiological display (patient's right on the left side of the screen, front up) a canonical axial
/// slice is therefore drawn with w from right to left and h from bottom to top.</para>
/// </remarks>
public readonly record struct Affine(
    double M00, double M01, double M02, double M03,
    double M10, double M11, double M12, double M13,
    double M20, double M21, double M22, double M23)
{
    /// <summary>One mm voxels, voxel (0, 0, 0) at the world's origin, canonical orientation.</summary>
    public static Affine Identity { get; } = new(1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0);

    /// <summary>A canonical grid with the given spacing and the world position of voxel (0, 0, 0).</summary>
    public static Affine Canonical(Spacing spacing, double x = 0, double y = 0, double z = 0) =>
        new(spacing.Width, 0, 0, x, 0, spacing.Height, 0, y, 0, 0, spacing.Depth, z);

    /// <summary>The element in the given row (0..2: x, y, z) and column (0..3: W, H, D, origin).</summary>
    public double this[int row, int column] => (row, column) switch
    {
        (0, 0) => M00, (0, 1) => M01, (0, 2) => M02, (0, 3) => M03,
        (1, 0) => M10, (1, 1) => M11, (1, 2) => M12, (1, 3) => M13,
        (2, 0) => M20, (2, 1) => M21, (2, 2) => M22, (2, 3) => M23,
        _ => throw new ArgumentOutOfRangeException(nameof(row)),
    };

    /// <summary>The length of one step along each array axis, in mm.</summary>
    public Spacing Spacing => new(Length(M02, M12, M22), Length(M01, M11, M21), Length(M00, M10, M20));

    /// <summary>The determinant of the 3 x 3 part: negative for a left-handed grid.</summary>
    public double Determinant => (M00 * (M11 * M22 - M12 * M21)) - (M01 * (M10 * M22 - M12 * M20)) + (M02 * (M10 * M21 - M11 * M20));

    /// <summary>True if every element is finite and the axes span space.</summary>
    public bool IsInvertible =>
        double.IsFinite(Determinant) && double.IsFinite(M03) && double.IsFinite(M13) && double.IsFinite(M23)
        && Math.Abs(Determinant) > 1e-9 * Spacing.Depth * Spacing.Height * Spacing.Width && Spacing.VoxelVolume > 0;

    /// <summary>World position in mm of the (fractional) voxel position (d, h, w).</summary>
    public (double X, double Y, double Z) ToWorld(double d, double h, double w) => (
        (M00 * w) + (M01 * h) + (M02 * d) + M03,
        (M10 * w) + (M11 * h) + (M12 * d) + M13,
        (M20 * w) + (M21 * h) + (M22 * d) + M23);

    /// <summary>This map after <paramref name="first"/>: the result applies <paramref name="first"/>, then this.</summary>
    public Affine Compose(in Affine first)
    {
        Affine a = this, b = first;
        double Element(int row, int column) =>
            (a[row, 0] * b[0, column]) + (a[row, 1] * b[1, column]) + (a[row, 2] * b[2, column]) + (column == 3 ? a[row, 3] : 0);
        return new(
            Element(0, 0), Element(0, 1), Element(0, 2), Element(0, 3),
            Element(1, 0), Element(1, 1), Element(1, 2), Element(1, 3),
            Element(2, 0), Element(2, 1), Element(2, 2), Element(2, 3));
    }

    /// <summary>The map from world mm (x, y, z) to fractional voxel positions (w, h, d).</summary>
    /// <exception cref="OptionException">The affine is singular or not finite.</exception>
    public Affine Inverse()
    {
        if (!IsInvertible)
            throw new OptionException("affine", ToString(), "three independent, finite axes", "Check the geometry in the file's header.");
        double det = Determinant;
        double i00 = ((M11 * M22) - (M12 * M21)) / det, i01 = ((M02 * M21) - (M01 * M22)) / det, i02 = ((M01 * M12) - (M02 * M11)) / det;
        double i10 = ((M12 * M20) - (M10 * M22)) / det, i11 = ((M00 * M22) - (M02 * M20)) / det, i12 = ((M02 * M10) - (M00 * M12)) / det;
        double i20 = ((M10 * M21) - (M11 * M20)) / det, i21 = ((M01 * M20) - (M00 * M21)) / det, i22 = ((M00 * M11) - (M01 * M10)) / det;
        return new(
            i00, i01, i02, -((i00 * M03) + (i01 * M13) + (i02 * M23)),
            i10, i11, i12, -((i10 * M03) + (i11 * M13) + (i12 * M23)),
            i20, i21, i22, -((i20 * M03) + (i21 * M13) + (i22 * M23)));
    }

    /// <summary>The three rows, rounded for reading.</summary>
    public override string ToString()
    {
        return $"[{Row(M00, M01, M02, M03)}; {Row(M10, M11, M12, M13)}; {Row(M20, M21, M22, M23)}]";

        // What rounds to 0 has no sign.
        static string Row(double a, double b, double c, double d) => string.Join(
            ' ', new[] { a, b, c, d }.Select(x => x.ToString("0.####;-0.####;0", System.Globalization.CultureInfo.InvariantCulture)));
    }

    private static double Length(double x, double y, double z) => Math.Sqrt((x * x) + (y * y) + (z * z));
}
