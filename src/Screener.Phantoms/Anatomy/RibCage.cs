using System.Numerics;
using Screener.Randomness;
using static Screener.Phantoms.BodyFrame;

namespace Screener.Phantoms.Anatomy;

/// <summary>Twelve pairs of ribs with their cartilages, sternum, shoulder blades, collar bones and the heads of the arm bones.</summary>
internal sealed class RibCage : IStructure
{
    private const float Spacing = 24.5f;
    private readonly float _top, _density, _cartilage;
    private readonly float[] _drop = new float[12], _end = new float[12];
    private readonly float _calcifiedCartilage;
    private readonly Tubes _shoulderShell, _shoulderMarrow;

    internal RibCage(RandomStream random, BodyFrame frame, float boneDensity)
    {
        _density = boneDensity;
        _top = 212 + (float)random.Uniform(-5, 5);
        for (int i = 0; i < 12; i++)
        {
            _drop[i] = MathF.Min(30 + (9 * i), 88) + (float)(2 * random.NextGaussian());
            _end[i] = i < 7 ? 2.3f : i < 10 ? 2.1f - (0.1f * (i - 7)) : i == 10 ? 1.35f : 0.95f;
        }

        _cartilage = (float)random.Uniform(85, 125);
        _calcifiedCartilage = (float)Math.Clamp(((frame.Traits.Age - 40) * 0.012) + (0.15 * random.NextGaussian()), 0, 0.6);

        var shell = new Tissue(480 * _density, 90, 60, 0, PhantomOrgan.Bone);
        var marrow = new Tissue(180 * _density, 50, 30, 0, PhantomOrgan.Bone);
        _shoulderShell = new Tubes(frame, shell);
        _shoulderMarrow = new Tubes(frame, marrow);
        foreach (float side in (ReadOnlySpan<float>)[1, -1])
            AddShoulder(side, random);
    }

    private void AddShoulder(float side, RandomStream random)
    {
        float lift = (float)random.Uniform(-6, 6);
        void Bone(float radius, float thickness, params ReadOnlySpan<Vector3> points)
        {
            _shoulderShell.Add(radius, points);
            if (radius > thickness)
                _shoulderMarrow.Add(radius - thickness, points);
        }

        Vector3 P(float x, float y, float z) => new(side * x, y, z + lift);
        Bone(23, 2, P(165, -20, 222), P(166, -18, 260));
        Bone(11, 2, P(138, -28, 214), P(134, -34, 200));
        Bone(6.5f, 2, P(22, 30, 196), P(60, 34, 208), P(105, 16, 222), P(145, -5, 236));
        // The blade: a fan of thin plates between the joint and its inner border.
        for (float t = 0; t <= 8; t += 0.28f)
        {
            float z = 205 - (14 * t);
            Bone(2.4f, 3, P(128 - (2.2f * t), -40 - (3.2f * t), z), P(102 - t, -72 - (1.1f * t), z - 2), P(80 + (1.5f * t), -90, z - 4));
        }

        Bone(4.5f, 2, P(128, -44, 203), P(118, -64, 160), P(106, -74, 96));
        Bone(4, 2, P(82, -100, 190), P(110, -88, 210), P(140, -56, 228));
    }

    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        for (int i = 0; i < slice.Hu.Length; i++)
        {
            float depth = slice.Cavity[i];
            if (depth > -3 && depth < 16 && slice.Skin[i] < -3)
                PaintShell(slice, i, depth);
        }

        _shoulderShell.Paint(slice);
        _shoulderMarrow.Paint(slice);
        PaintSternum(slice);
    }

    private void PaintShell(PhantomSlice slice, int i, float depth)
    {
        float fromBack = Angle(slice.Angle[i], -MathF.PI / 2);
        if (fromBack < 0.2f)
            return;
        float z = slice.Position[i].Z;
        for (int rib = 0; rib < 12; rib++)
        {
            bool cartilage = fromBack > _end[rib];
            if (fromBack > (rib < 7 ? 2.98f : rib < 10 ? 2.55f : _end[rib]))
                continue;
            float axis = _top - (rib * Spacing) - (_drop[rib] * Smooth((fromBack - 0.15f) / 2.35f));
            if (cartilage)
                axis += (rib < 6 ? 8 : 34) * (fromBack - _end[rib]) / 0.65f;
            // Ribs are flattened bars: 6 to 7 mm half height, 3.5 mm half thickness.
            float v = (z - axis) / 6.4f, u = (depth - 5.5f) / 4.1f;
            float q = (v * v) + (u * u);
            if (q > 2.6f)
                continue;
            float distance = (MathF.Sqrt(q) - 1) * 4.6f;
            if (cartilage)
            {
                float calcified = MathF.Max(0, slice.Fine[i] - 1.9f + (2.2f * _calcifiedCartilage)) * 160 * _calcifiedCartilage;
                slice.Blend(i, slice.Coverage(distance), _cartilage + (8 * slice.Medium[i]) + calcified, PhantomOrgan.SoftTissue);
            }
            else
            {
                float marrow = slice.Coverage(distance + 1.9f);
                float shell = (620 * _density) + (60 * slice.Medium[i]);
                slice.Blend(i, slice.Coverage(distance), shell + (marrow * ((190 * _density) - shell)), PhantomOrgan.Bone);
            }
        }
    }

    private void PaintSternum(PhantomSlice slice)
    {
        if (slice.BodyZ < 15 || slice.BodyZ > 190)
            return;
        for (int i = 0; i < slice.Hu.Length; i++)
        {
            float depth = slice.Cavity[i];
            if (depth < -4 || depth > 18 || slice.Position[i].Y < 0)
                continue;
            var p = slice.Position[i];
            float half = p.Z > 150 ? 22 + (0.25f * (p.Z - 150)) : p.Z < 50 ? MathF.Max(6, 12 - (0.15f * (50 - p.Z))) : 14 + (0.03f * (p.Z - 50));
            float u = MathF.Abs(p.X) / half, v = MathF.Abs(depth - 6) / 5.5f;
            float q = MathF.Sqrt(MathF.Sqrt((u * u * u * u) + (v * v * v * v)));
            float ends = MathF.Max(MathF.Abs(p.Z - 102) - 84, MathF.Abs(p.Z - 146) < 1.5f ? 1 : -5);
            float distance = MathF.Max((q - 1) * 5.5f, ends);
            if (distance > slice.Pixel)
                continue;
            float marrow = slice.Coverage(distance + 1.8f);
            float shell = 420 * _density;
            slice.Blend(i, slice.Coverage(distance), shell + (marrow * ((130 * _density) + (35 * slice.Fine[i]) - shell)), PhantomOrgan.Bone);
        }
    }
}
