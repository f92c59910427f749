using System.Numerics;
using Screener.Randomness;
using static Screener.Phantoms.BodyFrame;

namespace Screener.Phantoms.Anatomy;

/// <summary>Liver under the right dome with portal and hepatic veins, arteries, small cysts, and the gallbladder below of it.</summary>
internal sealed class Liver : IStructure
{
    private readonly BodyFrame _frame;
    private readonly Tissue _tissue;
    private readonly float _tip, _slope, _leftEnd, _depth, _wave;
    private readonly Tubes _portal, _hepatic, _arteries;
    private readonly Ellipsoid _gallbladder;
    private readonly bool _hasGallbladder;
    private readonly List<(Vector3 Centre, float Radius)> _cysts = [];
    private readonly Tissue _bile;
    private readonly float _spared;

    internal Liver(RandomStream random, BodyFrame frame, Enhancement e)
    {
        _frame = frame;
        var traits = frame.Traits;
        float mean = e.Liver - traits.LiverFat + (float)(4 * random.NextGaussian());
        _tissue = new Tissue(mean, 2.2f, 2.2f, 2.5f, PhantomOrgan.Liver);
        // Fat spares parts of the liver.
        _spared = traits.LiverFat > 10 ? 0.35f * traits.LiverFat : 0;
        _tip = (float)(-70 + (9 * random.NextGaussian()));
        _slope = (float)(0.80 + (0.09 * random.NextGaussian()));
        _leftEnd = (float)(-82 + (16 * random.NextGaussian()));
        _depth = (float)(6 * random.NextGaussian());
        _wave = (float)random.Uniform(0.5, 2.5);

        static bool InLiver(PhantomOrgan label) => label == PhantomOrgan.Liver;
        _portal = new Tubes(frame, new Tissue(e.PortalVein, 3, 2, 0, PhantomOrgan.Liver), InLiver, keepLabel: true);
        _hepatic = new Tubes(frame, new Tissue(e.HepaticVein, 3, 2, 0, PhantomOrgan.Liver), InLiver, keepLabel: true);
        _arteries = new Tubes(frame, new Tissue(e.Artery, 3, 0, 0, PhantomOrgan.Liver), InLiver, keepLabel: true);
        float lift = frame.Dome;
        Vector3[] gate = [new(22, 2, -72 + (0.5f * lift)), new(34, 0, -62 + (0.6f * lift))];
        Vector3[] outlet = [new(20, -16, -14 + lift), new(24, -12, -22 + lift)];
        VesselTree.Grow(_portal, random.Fork("portal"), gate, Targets(random.Fork("portal points"), 110, 7), 1.0f, 6.2f);
        VesselTree.Grow(_hepatic, random.Fork("hepatic"), outlet, Targets(random.Fork("hepatic points"), 85, 7), 1.0f, 5.5f);
        if (traits.Phase == ContrastPhase.Arterial)
            VesselTree.Grow(_arteries, random.Fork("artery"), gate, Targets(random.Fork("artery points"), 70, 6), 0.55f, 2.2f);

        var benign = random.Fork("cysts");
        if (benign.Chance(0.12))
        {
            foreach (var point in Targets(benign, 1 + benign.NextInt(2), 8))
                _cysts.Add((point, (float)benign.Uniform(2, 5)));
        }

        var bladder = random.Fork("gallbladder");
        _hasGallbladder = bladder.Chance(0.88);
        float size = (float)bladder.Uniform(0.75, 1.25);
        _gallbladder = new Ellipsoid(
            new Vector3(44, 34, LowerSurface(44, 34) + 4), new Vector3(13, 15, 30) * size,
            new Vector3(0.5f, (float)bladder.Uniform(0, 0.5), (float)bladder.Uniform(-0.4, 0.4)));
        _bile = new Tissue((float)bladder.Uniform(3, 16), 2, 1, 0, PhantomOrgan.Gallbladder);
    }

    internal Tissue Tissue => _tissue;

    private List<Vector3> Targets(RandomStream random, int count, float depth)
    {
        var points = new List<Vector3>(count);
        for (int tries = 0; points.Count < count && tries < 80 * count; tries++)
        {
            var p = new Vector3((float)random.Uniform(-80, 132), (float)random.Uniform(-92, 95), (float)random.Uniform(-175, 12));
            if (Distance(p, _frame.CavityDistance(p)) < -depth)
                points.Add(p);
        }

        return points;
    }

    private float LowerSurface(float x, float y)
    {
        float z = _tip - (_slope * MathF.Max(x, -20)) + (0.6f * MathF.Max(-20 - x, 0));
        // The back part of the right lobe ends higher, over the kidney.
        z += 0.22f * (35 - y) * Smooth((x + 10) / 60);
        return MathF.Max(z, -165) + (0.5f * _frame.Dome) + (3 * _wave * MathF.Sin(0.045f * x) * MathF.Cos(0.05f * y));
    }

    /// <summary>Signed distance to the liver's surface, negative inside.</summary>
    internal float Distance(Vector3 p, float cavity)
    {
        float wall = cavity + 5;
        if (wall > 6)
            return wall;
        float d = SmoothMaximum(wall, -_frame.BelowDiaphragm(p) + 3.5f, 8);
        if (d > 8)
            return d;
        float bottom = (LowerSurface(p.X, p.Y) - p.Z) * 0.74f;
        d = SmoothMaximum(d, bottom, 16);
        d = SmoothMaximum(d, _leftEnd - p.X + (0.4f * MathF.Max(0, -p.Y)), 14);
        // Left of the midline only the front is liver; stomach, spine and spleen are behind.
        float behind = (-28 + _depth + (0.68f * MathF.Max(18 - p.X, 0)) - p.Y) * 0.8f;
        d = SmoothMaximum(d, p.X < 40 ? behind : behind - (0.6f * (p.X - 40)), 12);
        float spine = 33 - MathF.Sqrt((p.X * p.X) + Square(p.Y - SpineY(p.Z)));
        d = SmoothMaximum(d, spine, 10);
        // The ligament's fissure between the lobes.
        float cleft = MathF.Max(MathF.Abs(p.X + 4 + (0.12f * (p.Y - 40))) - 1.8f, MathF.Max(p.Z + 34 - (0.5f * _frame.Dome), 18 - p.Y));
        return SmoothMaximum(d, -cleft, 4);
    }

    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        var range = slice.Range(new(-110, -100, -185), new(145, 125, 20));
        foreach (int i in range)
        {
            if (slice.Cavity[i] > 0)
                continue;
            var p = slice.Position[i];
            float distance = Distance(p, slice.Cavity[i]) + (0.8f * slice.Medium[i]);
            if (distance > slice.Pixel)
                continue;
            float hu = slice.Value(_tissue, i);
            if (_spared > 0)
                hu += _spared * Math.Clamp((slice.Coarse[i] * 2) - 2, 0, 1);
            slice.Blend(i, slice.Coverage(distance), hu, PhantomOrgan.Liver);
            foreach (var (centre, radius) in _cysts)
                slice.Blend(i, slice.Coverage(MathF.Max(distance, Vector3.Distance(p, centre) - radius)), 8, PhantomOrgan.Liver);
        }

        _hepatic.Paint(slice);
        _portal.Paint(slice);
        _arteries.Paint(slice);
        if (_hasGallbladder)
            PaintGallbladder(slice);
    }

    private void PaintGallbladder(PhantomSlice slice)
    {
        var reach = new Vector3(_gallbladder.Reach + 3);
        var range = slice.Range(_gallbladder.Centre - reach, _gallbladder.Centre + reach);
        foreach (int i in range)
        {
            float distance = MathF.Max(_gallbladder.Distance(slice.Position[i]), slice.Cavity[i] + 3);
            if (distance > slice.Pixel + 2)
                continue;
            slice.Blend(i, slice.Coverage(distance - 1.6f), 45, PhantomOrgan.Gallbladder);
            slice.Blend(i, slice.Coverage(distance), _bile);
        }
    }
}
