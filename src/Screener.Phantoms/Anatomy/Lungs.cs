using System.Numerics;
using Screener.Randomness;
using static Screener.Phantoms.BodyFrame;

namespace Screener.Phantoms.Anatomy;

/// <summary>Both lungs with fissures, arteries, veins, airways, and the denser strips that gravity leaves at the back.</summary>
internal sealed class Lungs : IStructure
{
    private readonly BodyFrame _frame;
    private readonly Mediastinum _mediastinum;
    private readonly Tubes _vessels, _airwayWalls, _airwayLumen;
    private readonly float _mean, _gradient, _texture, _dependent, _emphysema, _apex;
    private readonly float[] _fissure = new float[4];
    private readonly List<(Vector3 Centre, Vector3 Normal, float Radius, float Thickness)> _strips = [];

    internal Lungs(RandomStream random, BodyFrame frame, Mediastinum mediastinum, Enhancement enhancement)
    {
        _frame = frame;
        _mediastinum = mediastinum;
        var traits = frame.Traits;
        _mean = (float)(-795 - (75 * traits.Breath) + (12 * random.NextGaussian()));
        _gradient = (float)random.Uniform(0.25, 0.65) * (1.5f - (0.7f * traits.Breath));
        _texture = (float)random.Uniform(8, 18);
        _dependent = (float)(random.Uniform(0, 160) * (1.3 - traits.Breath));
        _emphysema = random.Chance(traits.Age > 55 ? 0.25 : 0.05) ? (float)random.Uniform(20, 70) : 0;
        _apex = (float)random.Uniform(205, 217);
        for (int i = 0; i < _fissure.Length; i++)
            _fissure[i] = (float)(6 * random.NextGaussian());
        // Plate atelectasis and scars: thin strips near the bases, common and harmless.
        int strips = random.Chance(0.45) ? 1 + random.NextInt(4) : 0;
        for (int i = 0; i < strips; i++)
        {
            float side = random.Chance(0.5) ? 1 : -1;
            var centre = new Vector3(side * (float)random.Uniform(40, 115), (float)random.Uniform(-75, 30), frame.Dome + (float)random.Uniform(-25, 50));
            var normal = Vector3.Normalize(new((float)random.Uniform(-0.6, 0.6), (float)random.Uniform(-0.6, 0.6), (float)random.Uniform(0.4, 1)));
            _strips.Add((centre, normal, (float)random.Uniform(12, 32), (float)random.Uniform(0.7, 1.8)));
        }

        static bool InLung(PhantomOrgan label) => label is PhantomOrgan.RightLung or PhantomOrgan.LeftLung;
        float blood = (enhancement.RightHeart + enhancement.Artery) / 2;
        _vessels = new Tubes(frame, new Tissue(MathF.Min(blood, 180), 8, 4, 0, PhantomOrgan.RightLung), InLung, keepLabel: true);
        _airwayWalls = new Tubes(frame, new Tissue(-150, 40, 20, 0, PhantomOrgan.RightLung), InLung, keepLabel: true);
        _airwayLumen = new Tubes(frame, new Tissue(-985, 6, 0, 0, PhantomOrgan.RightLung), InLung, keepLabel: true);
        Grow(random.Fork("right"), 1);
        Grow(random.Fork("left"), -1);
    }

    private void Grow(RandomStream random, float side)
    {
        var hilum = new Vector3(side * 44, -20, 86);
        Vector3[] artery = [new(side * 30, -12, side > 0 ? 88 : 95), hilum];
        Vector3[] vein = [new(side * 26, -22, 62), new(side * 46, -18, 70)];
        Vector3[] airway = [new(side * 16, -28, 104), new(side * 40, -26, 86)];
        VesselTree.Grow(_vessels, random.Fork("artery"), artery, Targets(random.Fork("artery points"), side, 560, 4), 0.74f, 8.5f);
        VesselTree.Grow(_vessels, random.Fork("vein"), vein, Targets(random.Fork("vein points"), side, 460, 6), 0.72f, 7.5f);

        // Airways are seen in the inner lung only: further out their walls are thinner than a voxel.
        var bronchi = Targets(random.Fork("bronchi points"), side, 40, 26);
        VesselTree.Grow(_airwayWalls, random.Fork("bronchi"), airway, bronchi, 1.6f, 7.0f);
        VesselTree.Grow(_airwayLumen, random.Fork("bronchi"), airway, bronchi, 1.15f, 5.6f);
    }

    private List<Vector3> Targets(RandomStream random, float side, int count, float depth)
    {
        var points = new List<Vector3>(count);
        for (int tries = 0; points.Count < count && tries < 60 * count; tries++)
        {
            var p = new Vector3(side * (float)random.Uniform(8, 136), (float)random.Uniform(-92, 88), (float)random.Uniform(-95, 212));
            if (Distance(p, _frame.CavityDistance(p)) < -depth)
                points.Add(p);
        }

        return points;
    }

    /// <summary>Signed distance to the surface of the nearer lung, negative inside.</summary>
    internal float Distance(Vector3 p, float cavity)
    {
        float wall = cavity + 2;
        if (wall > 4)
            return wall;
        float lateral = MathF.Abs(p.X);
        float top = p.Z - _apex + (0.012f * Square(lateral - 46)) + ((p.Y > -28 ? 0.0055f : 0.012f) * Square(p.Y + 28));
        float d = SmoothMaximum(wall, top * 0.8f, 6);
        if (d > 6)
            return d;
        d = SmoothMaximum(d, _frame.BelowDiaphragm(p), 5);
        if (d > 6)
            return d;
        return SmoothMaximum(d, -_mediastinum.Distance(p), 4);
    }

    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        if (slice.BodyZ < -130 || slice.BodyZ > 235)
            return;
        for (int i = 0; i < slice.Hu.Length; i++)
        {
            if (slice.Cavity[i] > 1)
                continue;
            var p = slice.Position[i];
            float distance = Distance(p, slice.Cavity[i]);
            if (distance > slice.Pixel)
                continue;
            slice.Blend(i, slice.Coverage(distance), Parenchyma(slice, i, p, distance), p.X > 0 ? PhantomOrgan.RightLung : PhantomOrgan.LeftLung);
        }

        _vessels.Paint(slice);
        _airwayWalls.Paint(slice);
        _airwayLumen.Paint(slice);
    }

    private float Parenchyma(PhantomSlice slice, int i, Vector3 p, float distance)
    {
        float hu = _mean - (_gradient * (p.Y + 5)) + (_texture * ((0.6f * slice.Fine[i]) + (0.8f * slice.Medium[i]) + slice.Coarse[i]));
        if (_emphysema > 0)
            hu -= _emphysema * Math.Clamp(slice.Medium[i] + (0.004f * p.Z) - 0.6f, 0, 1.5f);
        // What lies at the bottom of a lung collapses a little.
        float bottom = Bump(MathF.Min(0, distance) / 1.0f, 9) * Smooth((-p.Y - 45) / 35);
        hu += _dependent * bottom * (1 + (0.5f * slice.Medium[i]));
        hu += 130 * Fissure(p, slice.Coarse[i]);
        foreach (var (centre, normal, radius, thickness) in _strips)
        {
            var r = p - centre;
            float off = MathF.Abs(Vector3.Dot(r, normal) + (1.2f * slice.Medium[i]));
            float along = r.Length();
            if (along < radius && off < 2 * thickness)
                hu += 420 * (1 - (off / (2 * thickness))) * Smooth((radius - along) / 8);
        }

        return MathF.Max(-990, hu);
    }

    // Thin sheets between the lobes: oblique in both lungs, horizontal in the right one.
    private float Fissure(Vector3 p, float waviness)
    {
        int k = p.X > 0 ? 0 : 2;
        float oblique = (p.Z - 60 - _fissure[k]) + (1.05f * p.Y) + (4 * waviness);
        float sheet = MathF.Max(0, 1 - (MathF.Abs(oblique) / 2.2f));
        if (p.X > 0 && oblique > 0)
            sheet = MathF.Max(sheet, MathF.Max(0, 1 - (MathF.Abs(p.Z - 72 - _fissure[1] + (3 * waviness)) / 1.6f)));
        return sheet;
    }
}
