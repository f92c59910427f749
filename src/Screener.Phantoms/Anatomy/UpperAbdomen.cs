using System.Numerics;
using Screener.Randomness;
using static Screener.Phantoms.BodyFrame;

namespace Screener.Phantoms.Anatomy;

/// <summary>Spleen, pancreas, adrenal glands.</summary>
internal sealed class UpperAbdomen : IStructure
{
    private readonly BodyFrame _frame;
    private readonly Ellipsoid _spleen, _hilum;
    private readonly Tissue _spleenTissue;
    private readonly float _zebra;
    private readonly Tubes _pancreas, _adrenals, _accessory;
    private readonly Tissue _pancreasTissue;
    private readonly float _lobulation;

    internal UpperAbdomen(RandomStream random, BodyFrame frame, Enhancement e)
    {
        _frame = frame;
        float size = (float)(1 + (0.1 * random.NextGaussian()));
        var centre = new Vector3(-90, -34, -54 + (0.6f * frame.Dome) - (0.4f * frame.DomeDifference))
            + new Vector3(0, (float)random.NextGaussian() * 4, (float)random.NextGaussian() * 5);
        var turn = new Vector3(0.35f, -0.25f, 0.35f);
        _spleen = new Ellipsoid(centre, new Vector3(37, 52, 62) * size, turn);
        _hilum = new Ellipsoid(centre + new Vector3(42, 24, -6), new Vector3(30, 26, 42) * size, turn);
        _spleenTissue = new Tissue(e.Spleen + (float)(3 * random.NextGaussian()), 3, 2.5f, 1.5f, PhantomOrgan.Spleen);
        // Early after the injection the spleen is striped.
        _zebra = frame.Traits.Phase == ContrastPhase.Arterial ? 28 : 0;
        float fatty = (0.01f * Math.Max(0, frame.Traits.Age - 50)) + (0.4f * frame.Traits.VisceralFat);
        _lobulation = fatty;
        _pancreasTissue = new Tissue(e.Pancreas - (12 * fatty), 9, 8, 0, PhantomOrgan.Pancreas);
        _pancreas = new Tubes(frame, _pancreasTissue);
        float z = -72 + (0.5f * frame.Dome) + (float)(6 * random.NextGaussian());
        float thick = (float)random.Uniform(0.85, 1.15) * (1.05f - (0.2f * fatty));
        Vector3[] course = [new(34, 16, z - 26), new(26, 18, z - 8), new(2, 20, z + 4), new(-28, 10, z + 10), new(-56, -8, z + 18),
            new(-74, -20, z + 24)];
        float[] radius = [12, 12.5f, 9, 8.5f, 8, 6.5f];
        for (int i = 0; i + 1 < course.Length; i++)
        {
            // Lobules: the gland is a string of knobs rather than a sausage.
            for (int k = 0; k < 6; k++)
            {
                var at = Vector3.Lerp(course[i], course[i + 1], (k + 0.5f) / 6);
                float r = thick * (radius[i] + ((radius[i + 1] - radius[i]) * (k + 0.5f) / 6));
                var off = new Vector3((float)random.NextGaussian(), (float)random.NextGaussian(), (float)random.NextGaussian())
                    * (0.28f * r);
                _pancreas.Add(at + off, at - off, 0.82f * r, 0.78f * r);
            }
        }

        _adrenals = new Tubes(frame, new Tissue(e.Pancreas - 15, 5, 5, 0, PhantomOrgan.SoftTissue));
        foreach (float side in (ReadOnlySpan<float>)[1, -1])
        {
            float top = (side > 0 ? -62 : -60) + (0.5f * frame.Dome);
            var apex = new Vector3(side * 34, -32, top);
            _adrenals.Add(2.4f, apex, apex + new Vector3(side * 9, -16, -14));
            _adrenals.Add(2.2f, apex, apex + new Vector3(side * 1, -18, -16));
        }

        _accessory = new Tubes(frame, _spleenTissue with { Label = PhantomOrgan.SoftTissue });
        if (random.Chance(0.2))
        {
            var at = centre + new Vector3(34, 20, -20);
            _accessory.Add((float)random.Uniform(3, 7), at, at + new Vector3(1, 1, 1));
        }
    }

    internal Vector3 SplenicHilum => _spleen.Centre + new Vector3(26, 12, -4);

    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        var reach = new Vector3(_spleen.Reach);
        var range = slice.Range(_spleen.Centre - reach, _spleen.Centre + reach);
        foreach (int i in range)
        {
            if (slice.Cavity[i] > 0)
                continue;
            var p = slice.Position[i];
            float distance = _spleen.Distance(p) + (1.2f * slice.Coarse[i]);
            if (distance > slice.Pixel)
                continue;
            distance = SmoothMaximum(distance, slice.Cavity[i] + 5, 6);
            distance = SmoothMaximum(distance, 4 - _frame.BelowDiaphragm(p), 6);
            distance = SmoothMaximum(distance, -_hilum.Distance(p), 10);
            if (distance > slice.Pixel)
                continue;
            float hu = slice.Value(_spleenTissue, i) + (_zebra * MathF.Sin((0.34f * distance) + (2.2f * slice.Medium[i])));
            slice.Blend(i, slice.Coverage(distance), hu, PhantomOrgan.Spleen);
        }

        _accessory.Paint(slice);
        _pancreas.Paint(slice);
        _adrenals.Paint(slice);
    }
}
