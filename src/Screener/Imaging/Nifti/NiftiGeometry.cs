namespace Screener.Imaging.Nifti;

/// <summary>The geometry in a NIfTI header: sform, qform (quaternion), or voxel sizes alone.</summary>
internal static class NiftiGeometry
{
    // Three times float32's precision: what rounding can do to the length of a stored unit quaternion.
    private const double QuaternionTolerance = 3 * 1.1920929e-7;

    /// <summary>The affine in mm by nibabel's order of preference; see <see cref="NiftiHeader"/>.</summary>
    internal static (Affine Affine, NiftiAffineSource Source, IReadOnlyList<string> Notes) Read(
        in NiftiFields fields, VolumeShape shape, string file)
    {
        double toMillimetres = (fields.Byte(123) & 7) switch
        {
            0 or 2 => 1,
            1 => 1e3,
            3 => 1e-3,
            int unit => throw NiftiHeader.Damaged(file, $"spatial unit {unit} (xyzt_units)", "0 (unknown), 1 (m), 2 (mm) or 3 (um)"),
        };
        var (affine, source) = IsValid(fields.Int16(254)) ? (Sform(fields), NiftiAffineSource.Sform)
            : IsValid(fields.Int16(252)) ? (Qform(fields, file), NiftiAffineSource.Qform)
            : (Centred(VoxelSizes(fields), shape), NiftiAffineSource.VoxelSizes);
        var notes = Notes(affine, source, fields, file);
        if (toMillimetres != 1)
            affine = new Affine(toMillimetres, 0, 0, 0, 0, toMillimetres, 0, 0, 0, 0, toMillimetres, 0).Compose(affine);
        return affine.IsInvertible
            ? (affine, source, notes)
            : throw NiftiHeader.Damaged(file, $"the affine {affine} ({source})", "three independent, finite axes");
    }

    /// <summary>The qform of an affine without shear.</summary>
    /// <param name="affine">Invertible.</param>
    /// <param name="quaternion">(b, c, d) of the rotation.</param>
    /// <param name="qfac">-1 if the axes are left-handed, otherwise 1.</param>
    /// <returns>False if the axes are not at right angles (to 1e-5): a quaternion cannot express that.</returns>
    internal static bool TryGetQuaternion(in Affine affine, Span<float> quaternion, out float qfac)
    {
        var s = affine.Spacing;
        qfac = affine.Determinant < 0 ? -1 : 1;
        double r00 = affine.M00 / s.Width, r01 = affine.M01 / s.Height, r02 = affine.M02 / s.Depth * qfac;
        double r10 = affine.M10 / s.Width, r11 = affine.M11 / s.Height, r12 = affine.M12 / s.Depth * qfac;
        double r20 = affine.M20 / s.Width, r21 = affine.M21 / s.Height, r22 = affine.M22 / s.Depth * qfac;
        double shear = Math.Max(
            Math.Abs((r00 * r01) + (r10 * r11) + (r20 * r21)),
            Math.Max(Math.Abs((r00 * r02) + (r10 * r12) + (r20 * r22)), Math.Abs((r01 * r02) + (r11 * r12) + (r21 * r22))));
        if (shear > 1e-5)
            return false;

        // Each component's square follows from the diagonal; the largest one decides the signs, so nothing is divided by a small number.
        double a = 1 + r00 + r11 + r22, b = 1 + r00 - r11 - r22, c = 1 - r00 + r11 - r22, d = 1 - r00 - r11 + r22;
        double largest = Math.Max(Math.Max(a, b), Math.Max(c, d));
        double scale = 0.5 / Math.Sqrt(largest);
        var (qa, qb, qc, qd) =
            largest == a ? (a, r21 - r12, r02 - r20, r10 - r01)
            : largest == b ? (r21 - r12, b, r01 + r10, r02 + r20)
            : largest == c ? (r02 - r20, r01 + r10, c, r12 + r21)
            : (r10 - r01, r02 + r20, r12 + r21, d);
        double sign = qa < 0 ? -scale : scale;
        quaternion[0] = (float)(qb * sign);
        quaternion[1] = (float)(qc * sign);
        quaternion[2] = (float)(qd * sign);
        return true;
    }

    private static List<string> Notes(Affine affine, NiftiAffineSource source, in NiftiFields fields, string file)
    {
        var notes = new List<string>();
        if (source == NiftiAffineSource.VoxelSizes)
            notes.Add("The header does not say how the volume lies (both codes are 0): its orientation was guessed. Left may be right.");
        else if (affine is { M00: 1, M11: 1, M22: 1, M01: 0, M02: 0, M10: 0, M12: 0, M20: 0, M21: 0 })
            notes.Add("The affine is an identity: its 1 mm voxels and its orientation are a guess. Left may be right.");
        if (source == NiftiAffineSource.Sform && IsValid(fields.Int16(252)) && affine.IsInvertible
            && TryGetQform(fields, file) is { IsInvertible: true } qform && Reorientation.From(qform) != Reorientation.From(affine))
        {
            bool isMirrored = Math.Sign(qform.Determinant) != Math.Sign(affine.Determinant);
            string how = isMirrored ? ": one mirrors the other" : "";
            notes.Add(
                $"sform and qform contradict each other{how}; the sform was taken, and the orientation is a guess. Left may be right.");
        }

        return notes;
    }

    private static Affine? TryGetQform(in NiftiFields fields, string file)
    {
        try
        {
            return Qform(fields, file);
        }
        catch (Errors.VolumeFormatException)
        {
            return null; // It is not needed.
        }
    }

    private static bool IsValid(short code) => code is >= 1 and <= 5;

    private static Affine Sform(in NiftiFields f) => new(
        f.Single(280), f.Single(284), f.Single(288), f.Single(292),
        f.Single(296), f.Single(300), f.Single(304), f.Single(308),
        f.Single(312), f.Single(316), f.Single(320), f.Single(324));

    private static Affine Qform(in NiftiFields fields, string file)
    {
        double b = fields.Single(256), c = fields.Single(260), d = fields.Single(264);
        double rest = 1 - ((b * b) + (c * c) + (d * d));
        if (!(rest >= -QuaternionTolerance))
            throw NiftiHeader.Damaged(file, FormattableString.Invariant($"the quaternion ({b}, {c}, {d})"), "a length of at most 1");
        double a = Math.Sqrt(Math.Max(rest, 0));

        // Rounding may have left the quaternion a little too long.
        double n = 2 / ((a * a) + (b * b) + (c * c) + (d * d));
        var size = VoxelSizes(fields);
        double w = size.Width, h = size.Height, depth = fields.Single(76) == -1 ? -size.Depth : size.Depth;
        return new Affine(
            (1 - (n * ((c * c) + (d * d)))) * w, n * ((b * c) - (a * d)) * h, n * ((b * d) + (a * c)) * depth, fields.Single(268),
            n * ((b * c) + (a * d)) * w, (1 - (n * ((b * b) + (d * d)))) * h, n * ((c * d) - (a * b)) * depth, fields.Single(272),
            n * ((b * d) - (a * c)) * w, n * ((c * d) + (a * b)) * h, (1 - (n * ((b * b) + (c * c)))) * depth, fields.Single(276));
    }

    private static Spacing VoxelSizes(in NiftiFields fields)
    {
        return new Spacing(Positive(fields.Single(88)), Positive(fields.Single(84)), Positive(fields.Single(80)));

        static double Positive(float size) => size == 0 ? 1 : Math.Abs(size);
    }

    private static Affine Centred(Spacing size, VolumeShape shape) => new(
        -size.Width, 0, 0, (shape.Width - 1) / 2.0 * size.Width,
        0, size.Height, 0, (shape.Height - 1) / -2.0 * size.Height,
        0, 0, size.Depth, (shape.Depth - 1) / -2.0 * size.Depth);
}
