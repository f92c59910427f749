using System.Numerics;
using Screener.Randomness;
using static Screener.Phantoms.BodyFrame;

namespace Screener.Phantoms.Anatomy;

/// <summary>One kidney in its fat: cortex with columns, medullary pyramids, sinus fat, pelvis and calices, small cysts.</summary>
internal sealed class Kidney : IStructure
{
    private readonly BodyFrame _frame;
    private readonly Ellipsoid _kidney, _bed;
    private readonly Tissue _cortex, _medulla;
    private readonly PhantomOrgan _label;
    private readonly float _side, _cortexThickness, _sinus, _fat, _pelvis;
    private readonly Vector3[] _pyramids;
    private readonly List<(Vector3 Centre, float Radius)> _cysts = [];
    private readonly Tubes _vessels;

    internal Kidney(RandomStream random, BodyFrame frame, Enhancement e, float side)
    {
        _frame = frame;
        var traits = frame.Traits;
        _side = side;
        _label = side > 0 ? PhantomOrgan.RightKidney : PhantomOrgan.LeftKidney;
        float size = (float)(1 + (0.07 * random.NextGaussian()));
        var centre = new Vector3(
            side * (float)random.Uniform(58, 68), (float)random.Uniform(-46, -36) - (4 * traits.VisceralFat),
            (side > 0 ? -122 : -108) + (0.5f * frame.Dome) + (float)(7 * random.NextGaussian()));
        var half = new Vector3((float)random.Uniform(25, 30), (float)random.Uniform(23, 28), (float)random.Uniform(50, 60)) * size;
        // Upper poles lean inwards and backwards; the hilum looks inwards and a little forwards.
        var turn = new Vector3(
            (float)random.Uniform(0.08, 0.28), side * (float)random.Uniform(0.12, 0.34), -side * (float)random.Uniform(0.2, 0.7));
        _kidney = new Ellipsoid(centre, half, turn);
        float bed = 5 + (18 * traits.VisceralFat);
        _bed = new Ellipsoid(centre + new Vector3(0, -2, -4), half + new Vector3(0.8f * bed, 0.8f * bed, 1.2f * bed), turn);
        _cortex = new Tissue(e.Cortex, 4, 5, 2, _label);
        _medulla = new Tissue(e.Medulla, 4, 4, 2, _label);
        _cortexThickness = (float)random.Uniform(6, 9) - (0.02f * (traits.Age - 50));
        _sinus = (float)random.Uniform(0.30, 0.42) + (0.001f * (traits.Age - 50));
        _fat = (float)(-102 + (4 * random.NextGaussian()));
        // The medium reaches the pelvis only late.
        _pelvis = traits.Phase == ContrastPhase.Nephrographic && random.Chance(0.3)
            ? (float)random.Uniform(150, 500)
            : (float)random.Uniform(0, 18);
        _pyramids = new Vector3[14];
        for (int k = 0; k < _pyramids.Length; k++)
        {
            float ring = (k % 7) / 7f * 2 * MathF.PI, layer = k < 7 ? -1 : 1;
            // Two rows of pyramids, front and back, around the sinus (in the kidney's own axes).
            _pyramids[k] = new Vector3(0.57f * MathF.Cos(ring), 0.42f * layer, 0.66f * MathF.Sin(ring))
                + (new Vector3((float)random.NextGaussian(), (float)random.NextGaussian(), (float)random.NextGaussian()) * 0.05f);
        }

        // Simple cysts are harmless and common in age.
        int cysts = random.Chance(Math.Clamp((traits.Age - 40) * 0.009, 0.03, 0.4)) ? 1 + random.NextInt(2) : 0;
        for (int k = 0; k < cysts; k++)
        {
            var direction = Vector3.Normalize(
                new((float)random.NextGaussian(), (float)random.NextGaussian(), (float)random.NextGaussian()));
            _cysts.Add((direction * half * (float)random.Uniform(0.6, 0.95), (float)random.Uniform(2.5, 8)));
        }

        _vessels = new Tubes(frame, new Tissue(e.Artery, 3, 0, 0, PhantomOrgan.Vessel));
        var hilum = _kidney.FromLocal(new Vector3(-side * 0.4f * half.X, 2, 0));
        _vessels.Add(2.6f, new Vector3(side > 0 ? -2 : -14, -20, centre.Z + 8), new(side * 28, -26, centre.Z + 4), hilum);
        Vein = new Tubes(frame, new Tissue(e.SystemicVein, 3, 0, 0, PhantomOrgan.Vessel));
        Vein.Add(
            4.6f, hilum + new Vector3(0, 4, -3), new(side * 28, -12, centre.Z), new(side > 0 ? 20 : -6, -4, centre.Z + 2),
            new(18, -14, centre.Z + 4));
    }

    internal Ellipsoid Shape => _kidney;

    /// <summary>The renal vein, painted with the large vessels.</summary>
    internal Tubes Vein { get; }

    /// <summary>The renal artery, painted with the large vessels.</summary>
    internal Tubes Artery => _vessels;

    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        var reach = new Vector3(_bed.Reach);
        var range = slice.Range(_bed.Centre - reach, _bed.Centre + reach);
        foreach (int i in range)
            PaintPixel(slice, i);
    }

    private void PaintPixel(PhantomSlice slice, int i)
    {
        var p = slice.Position[i];
        float toBed = MathF.Max(_bed.Distance(p), slice.Cavity[i] + 1);
        if (toBed > slice.Pixel)
            return;
        float above = -_frame.BelowDiaphragm(p);
        toBed = MathF.Max(toBed, above + 2.5f);
        if (toBed > slice.Pixel || slice.Label[i] == PhantomOrgan.Bone)
            return;
        // The fascia around the fat is a thin line.
        slice.Blend(i, slice.Coverage(toBed), -40, PhantomOrgan.SoftTissue);
        slice.Blend(
            i, slice.Coverage(toBed + 1.2f), _fat + (5 * slice.Fine[i]) + (8 * MathF.Max(0, slice.Medium[i])), PhantomOrgan.SoftTissue);

        var local = _kidney.Local(p);
        float distance = MathF.Max(_kidney.DistanceLocal(local) + (1.0f * slice.Medium[i]), MathF.Max(slice.Cavity[i] + 3, above + 4));
        if (distance > slice.Pixel + 8)
            return;
        slice.Blend(i, slice.Coverage(distance), _cortex);
        var unit = local / _kidney.HalfAxes;
        float nearest = 10;
        foreach (var pyramid in _pyramids)
            nearest = MathF.Min(nearest, Vector3.DistanceSquared(unit, pyramid));
        // Pyramids are separated by columns of cortex.
        float pyramidDistance = (MathF.Sqrt(nearest) - 0.25f) * 26;
        slice.Blend(i, slice.Coverage(MathF.Max(pyramidDistance, distance + _cortexThickness)), _medulla);

        // The sinus opens inwards.
        var s = new Vector3((unit.X + (_side * 0.38f)) / 0.62f, unit.Y / _sinus, unit.Z / (1.25f * _sinus));
        float sinus = (s.Length() - 1) * 11 + (1.2f * slice.Fine[i]);
        if (sinus < slice.Pixel)
        {
            slice.Blend(i, slice.Coverage(MathF.Max(sinus, distance - 1)), _fat + 12 + (6 * slice.Fine[i]), _label);
            float pelvis = sinus + 5.5f + (3.5f * slice.Medium[i]);
            slice.Blend(i, slice.Coverage(pelvis), _pelvis, _label);
        }

        foreach (var (centre, radius) in _cysts)
            slice.Blend(i, slice.Coverage(Vector3.Distance(local, centre) - radius), 8 + (2 * slice.Fine[i]), _label);
    }
}
