using System.Numerics;
using Screener.Randomness;
using static Screener.Phantoms.BodyFrame;

namespace Screener.Phantoms.Anatomy;

/// <summary>The space between the lungs: heart, great vessels of the chest, windpipe, gullet, lymph nodes, and their fat.</summary>
internal sealed class Mediastinum : IStructure
{
    private readonly Ellipsoid _pericardium, _heart, _leftCavity, _leftMuscle, _rightVentricle, _leftAtrium, _rightAtrium;
    private readonly float _upperWidth, _lift;
    private readonly BodyFrame _frame;
    private readonly List<TubeSegment> _outline = [];
    private readonly Tissue _muscle, _arterial, _rightBlood;
    private readonly List<IStructure> _tubes = [];
    private readonly float _calcification;
    private readonly float _fat;

    internal Mediastinum(RandomStream random, BodyFrame frame, Enhancement e)
    {
        _frame = frame;
        var traits = frame.Traits;
        float size = (float)(1.03 + (0.05 * random.NextGaussian()) + (0.0015 * (traits.Age - 55)));
        var shift = new Vector3((float)random.NextGaussian() * 3, (float)random.NextGaussian() * 2, (float)random.NextGaussian() * 3);
        var turn = new Vector3(0.42f, 0.62f, (float)(0.55 + (0.12 * random.NextGaussian())));
        // The diaphragm rises and falls with the breath, and the heart that rests on it.
        var centre = new Vector3(-22, 30, frame.DiaphragmHeight(-22, 30) + (38 * size)) + shift;
        _lift = centre.Z - 40;
        _pericardium = new Ellipsoid(centre, new Vector3(66, 53, 50) * size, turn);
        _heart = new Ellipsoid(
            centre + new Vector3(1, -1, 0), (new Vector3(66, 53, 50) * size) - new Vector3(4 + (4 * traits.VisceralFat)), turn);
        Vector3 In(float x, float y, float z) => centre + (new Vector3(x, y, z) * size);
        _leftMuscle = new Ellipsoid(In(-17, 4, -8), new Vector3(45, 33, 33) * size, turn);
        _leftCavity = new Ellipsoid(In(-15, 4, -7), new Vector3(33, 21, 21) * size, turn);
        _rightVentricle = new Ellipsoid(In(8, 22, -10), new Vector3(41, 21, 30) * size, turn + new Vector3(0, 0, -0.1f));
        _leftAtrium = new Ellipsoid(In(14, -24, 17), new Vector3(34, 19, 22) * size);
        _rightAtrium = new Ellipsoid(In(44, 0, 0), new Vector3(19, 24, 30) * size);
        _upperWidth = 27 + (float)(2 * random.NextGaussian()) + (5 * traits.VisceralFat);
        _muscle = new Tissue(e.Myocardium, 5, 4, 2, PhantomOrgan.Heart);
        _arterial = new Tissue(e.Artery, 4, 3, 2, PhantomOrgan.Heart);
        _rightBlood = new Tissue(e.RightHeart, 4, 8, 6, PhantomOrgan.Heart);
        _fat = (float)(-98 + (4 * random.NextGaussian()));
        _calcification = (float)Math.Clamp(((traits.Age - 50) * 0.03) + (0.3 * random.NextGaussian()), 0, 1.2);
        BuildVessels(random.Fork("vessels"), frame, e);
        BuildAirway(random.Fork("airway"), frame);
        BuildNodes(random.Fork("nodes"), frame);
    }

    private void BuildVessels(RandomStream random, BodyFrame frame, Enhancement e)
    {
        float artery = (float)(1 + (0.06 * random.NextGaussian()) + (0.002 * (frame.Traits.Age - 55)));
        float l = _lift;
        var blood = new Tissue(e.Artery, 3, 3, 2, PhantomOrgan.Vessel);
        var venous = new Tissue(e.SystemicVein, 4, 6, 4, PhantomOrgan.Vessel);
        // The medium mixes with blood from the legs in the upper caval vein, brightest early.
        var caval = new Tissue(frame.Traits.Phase == ContrastPhase.Arterial ? 380 : e.RightHeart, 25, 20, 10, PhantomOrgan.Vessel);
        var right = new Tissue(e.RightHeart, 4, 4, 2, PhantomOrgan.Vessel);
        Vector3[] aorta =
        [
            new(2, 20, 66 + l), new(14, 22, 86 + l), new(14, 16, 112), new(5, 2, 129), new(-9, -18, 134), new(-20, -34, 124),
            new(-23, -42, 105), new(-22, -42, 60), new(-18, -39, 20), new(-12, -33, -20),
        ];
        float[] radius = [14.5f, 15.5f, 15, 14, 13, 12.5f, 12, 11.8f, 11.3f, 10.8f];
        var outer = new Tubes(frame, new Tissue(50, 6, 0, 0, PhantomOrgan.Vessel));
        var lumen = new Tubes(frame, blood);
        for (int i = 0; i + 1 < aorta.Length; i++)
        {
            outer.Add(aorta[i], aorta[i + 1], (artery * radius[i]) + 1.5f, (artery * radius[i + 1]) + 1.5f);
            lumen.Add(aorta[i], aorta[i + 1], artery * radius[i], artery * radius[i + 1]);
        }

        // What the lungs lie against: vessels and windpipe with a little fat around.
        float cushion = 2.5f + (4 * frame.Traits.VisceralFat);
        void Outline(float r, params ReadOnlySpan<Vector3> points)
        {
            for (int i = 0; i + 1 < points.Length; i++)
                _outline.Add(new TubeSegment(points[i], points[i + 1], r + cushion, r + cushion));
        }

        Outline(14, aorta.AsSpan(0, 7));
        Outline(9, new Vector3(27, 8, 50 + l), new(28, 6, 100), new(24, 8, 150));
        Outline(13, new Vector3(-14, 40, 72 + l), new(-18, 26, 92 + l), new(-17, 6, 98));
        Outline(10.5f, new Vector3(32, -11, 88), new(6, -5, 92), new(-17, 6, 98), new(-38, -16, 94));
        Outline(10, new Vector3(2, -18, 190), new(5, -24, 140), new(4, -29, 110), new(30, -28, 94));
        Outline(9, new Vector3(4, -29, 110), new(-32, -28, 92));
        Outline(9, new Vector3(22, -14, -30), new(22, -10, 14 + l), new(20, 4, 30 + l));
        Outline(7, new Vector3(-4, -38, 130), new(-5, -38, 70), new(-8, -28, 20), new(-22, -18, -12));
        Outline(5, new Vector3(24, 6, 150), new(-6, 18, 158), new(-32, 14, 176));
        var pulmonary = new Tubes(frame, right);
        pulmonary.Add(13.5f, new Vector3(-14, 40, 72 + l), new(-18, 26, 92 + l), new(-17, 6, 98));
        pulmonary.Add(10.5f, new Vector3(-17, 6, 98), new(6, -5, 92), new(32, -11, 88));
        pulmonary.Add(10.5f, new Vector3(-17, 6, 98), new(-34, -14, 96), new(-44, -20, 88));
        var pulmonaryVein = new Tubes(frame, new Tissue(e.Artery, 4, 4, 2, PhantomOrgan.Vessel));
        foreach (float side in (ReadOnlySpan<float>)[1, -1])
        {
            pulmonaryVein.Add(new Vector3((side * 20) - 8, -6, 62 + l), new(side * 44, -15, 72), 7, 5);
            pulmonaryVein.Add(new Vector3((side * 20) - 8, -8, 54 + l), new(side * 42, -24, 50 + l), 6.5f, 3);
        }

        var cava = new Tubes(frame, caval).Add(9, new Vector3(27, 4, 62 + l), new(28, 4, 100), new(24, 6, 150));
        cava.Add(6.5f, new Vector3(24, 6, 150), new(30, 10, 175), new(52, 14, 200));
        var veins = new Tubes(frame, venous);
        veins.Add(6, new Vector3(24, 6, 150), new(-6, 16, 160), new(-32, 12, 178), new(-52, 14, 200));
        veins.Add(5.5f, new Vector3(32, 10, 178), new(30, 2, 235));
        veins.Add(5.5f, new Vector3(-32, 10, 178), new(-30, 2, 235));
        veins.Add(4, new Vector3(9, -33, 100), new(9, -36, 40), new(8, -34, -40));
        var branches = new Tubes(frame, blood);
        branches.Add(5.5f, new Vector3(6, 4, 132), new(14, 4, 160), new(20, -2, 182));
        branches.Add(3.8f, new Vector3(20, -2, 182), new(22, -6, 235));
        branches.Add(4.2f, new Vector3(20, -2, 182), new(44, 0, 212), new(80, 2, 216));
        branches.Add(3.8f, new Vector3(-5, -6, 136), new(-14, -6, 180), new(-20, -8, 235));
        branches.Add(4.4f, new Vector3(-13, -18, 138), new(-22, -20, 180), new(-44, -8, 208), new(-80, 0, 214));
        // The thyroid's lower poles.
        var thyroid = new Tubes(
            frame, new Tissue(frame.Traits.Phase == ContrastPhase.Native ? 105 : 165, 8, 10, 0, PhantomOrgan.SoftTissue));
        thyroid.Add(7.5f, new Vector3(18, -6, 206), new(20, -10, 240)).Add(7.5f, new Vector3(-17, -6, 208), new(-19, -10, 240));
        _tubes.AddRange([pulmonaryVein, outer, lumen, pulmonary, cava, veins, branches, thyroid]);
        AddPlaques(random, frame, aorta, radius, artery);
    }

    private void AddPlaques(RandomStream random, BodyFrame frame, Vector3[] aorta, float[] radius, float scale)
    {
        var plaque = new Tubes(frame, new Tissue(520, 120, 60, 0, PhantomOrgan.Vessel));
        int count = (int)(14 * _calcification * random.NextDouble());
        for (int i = 0; i < count; i++)
        {
            int k = 2 + random.NextInt(aorta.Length - 3);
            float t = (float)random.NextDouble(), angle = (float)random.Uniform(0, 2 * Math.PI);
            var axis = Vector3.Normalize(aorta[k + 1] - aorta[k]);
            var u = Vector3.Normalize(Vector3.Cross(axis, MathF.Abs(axis.X) < 0.8f ? Vector3.UnitX : Vector3.UnitY));
            var v = Vector3.Cross(axis, u);
            float r = scale * (radius[k] + (t * (radius[k + 1] - radius[k])));
            Vector3 At(float a) => Vector3.Lerp(aorta[k], aorta[k + 1], t) + (r * ((MathF.Cos(a) * u) + (MathF.Sin(a) * v)));
            float span = (float)random.Uniform(0.1, 0.5), thickness = (float)random.Uniform(0.6, 1.5);
            plaque.Add(thickness, At(angle), At(angle + span), At(angle + (2 * span)));
        }

        // Coronary arteries: visible where they are calcified.
        var coronary = new Tubes(frame, new Tissue(_calcification > 0.5f ? 320 : 110, 140, 100, 0, PhantomOrgan.Heart));
        var p = new[] { new Vector3(-12, 18, 78 + _lift), new Vector3(-34, 40, 68 + _lift), new Vector3(-52, 56, 48 + _lift),
            new Vector3(-60, 60, 30 + _lift) };
        coronary.Add(1.5f, p);
        coronary.Add(1.4f, new Vector3(18, 26, 76 + _lift), new(34, 34, 56 + _lift), new(36, 32, 34 + _lift));
        _tubes.Add(plaque);
        _tubes.Add(coronary);
    }

    private void BuildAirway(RandomStream random, BodyFrame frame)
    {
        float r = (frame.Traits.Female ? 7.4f : 9f) * (float)random.Uniform(0.92, 1.08);
        Vector3[] trachea = [new(2, -14, 245), new(2, -18, 190), new(5, -24, 140), new(4, -29, 110)];
        Vector3[] rightMain = [trachea[^1], new(18, -29, 101), new(40, -26, 86)];
        Vector3[] leftMain = [trachea[^1], new(-20, -29, 98), new(-42, -26, 86)];
        var wall = new Tubes(frame, new Tissue(35, 20, 10, 0, PhantomOrgan.Airway)).Add(r + 1.8f, trachea).Add(
            (0.8f * r) + 1.5f, rightMain).Add((0.72f * r) + 1.5f, leftMain);
        var lumen = new Tubes(frame, new Tissue(-990, 5, 0, 0, PhantomOrgan.Airway)).Add(r, trachea).Add(0.8f * r, rightMain).Add(
            0.72f * r, leftMain);
        Vector3[] gullet = [new(-4, -30, 245), new(-5, -35, 180), new(-4, -40, 120), new(-5, -38, 70), new(-8, -26, 20),
            new(-22, -18, -12)];
        var oesophagus = new Tubes(frame, new Tissue(45, 10, 8, 0, PhantomOrgan.SoftTissue)).Add(7.5f, gullet);
        var gas = new Tubes(frame, new Tissue(-800, 100, 100, 0, PhantomOrgan.SoftTissue));
        for (int i = 0; i < 5; i++)
        {
            if (random.Chance(0.35))
            {
                var a = Vector3.Lerp(gullet[i], gullet[i + 1], (float)random.NextDouble()) + new Vector3(0, 1.5f, 0);
                gas.Add((float)random.Uniform(1.5, 3.5), a, a + (0.25f * (gullet[i + 1] - gullet[i])));
            }
        }

        _tubes.AddRange([oesophagus, gas, wall, lumen]);
    }

    private void BuildNodes(RandomStream random, BodyFrame frame)
    {
        var nodes = new Tubes(frame, new Tissue(48, 12, 10, 0, PhantomOrgan.SoftTissue));
        Vector3[] stations = [new(18, -12, 122), new(-10, 6, 120), new(2, -34, 92), new(34, -20, 94), new(-36, -22, 98), new(16, 10, 140),
            new(-4, 24, 130)];
        foreach (var station in stations)
        {
            int count = random.NextInt(3);
            for (int i = 0; i < count; i++)
            {
                var a = station
                    + (new Vector3((float)random.NextGaussian(), (float)random.NextGaussian(), (float)random.NextGaussian()) * 6);
                nodes.Add(
                    (float)random.Uniform(1.5, 3.6), a,
                    a + (new Vector3((float)random.NextGaussian(), (float)random.NextGaussian(), (float)random.NextGaussian()) * 3));
            }
        }

        foreach (float side in (ReadOnlySpan<float>)[1, -1])
        {
            for (int i = 0; i < 5; i++)
            {
                var a = new Vector3(
                    side * (float)random.Uniform(120, 150), (float)random.Uniform(-25, 25), (float)random.Uniform(130, 190));
                nodes.Add(
                    (float)random.Uniform(1.5, 4), a,
                    a + new Vector3((float)random.NextGaussian() * 3, (float)random.NextGaussian() * 3, 3));
            }
        }

        _tubes.Insert(0, nodes);
    }

    /// <summary>Signed distance to the mediastinum's outline between the lungs, negative inside.</summary>
    internal float Distance(Vector3 p)
    {
        float lateral = MathF.Abs(p.X);
        // Lungs nearly touch before the heart and behind the breast bone.
        float d = lateral - 3.5f;
        float top = Smooth((p.Z - 138) / 45);
        if (top > 0)
        {
            float ax = (_upperWidth * top) + 6 + (8 * Smooth((p.Z - 180) / 50)), ay = 36 - (6 * top);
            float x = (p.X + 1) / ax, y = (p.Y + 12) / ay;
            d = SmoothMinimum(d, (MathF.Sqrt((x * x) + (y * y)) - 1) * MathF.Min(ax, ay), 8);
        }

        float spine = MathF.Sqrt((p.X * p.X) + Square(p.Y - SpineY(p.Z) + 2)) - 20;
        d = SmoothMinimum(d, spine, 8);
        float aorta = MathF.Sqrt(Square(p.X + 21) + Square(p.Y + 40)) - 14f;
        if (p.Z < 122)
            d = SmoothMinimum(d, aorta, 6);
        foreach (var segment in lateral < 75 ? _outline : [])
        {
            float reach = segment.FromRadius + 14;
            if (p.Z < MathF.Min(segment.From.Z, segment.To.Z) - reach || p.Z > MathF.Max(segment.From.Z, segment.To.Z) + reach)
                continue;
            float distance = segment.Distance(p, out _);
            if (distance < d + 7)
                d = SmoothMinimum(d, distance, 7);
        }

        return SmoothMinimum(d, _pericardium.Distance(p) - 1.5f, 8);
    }

    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        PaintHeart(slice);
        foreach (var tube in _tubes)
            tube.Paint(slice);
    }

    private void PaintHeart(PhantomSlice slice)
    {
        var reach = new Vector3(_pericardium.Reach);
        var range = slice.Range(_pericardium.Centre - reach, _pericardium.Centre + reach);
        foreach (int i in range)
        {
            var p = slice.Position[i];
            float outside = _pericardium.Distance(p);
            if (outside > slice.Pixel)
                continue;
            // It rests on the diaphragm, flattened.
            float below = _frame.BelowDiaphragm(p);
            outside = SmoothMaximum(outside, below + 1, 6);
            float wobble = 1.2f * slice.Medium[i];
            slice.Blend(i, slice.Coverage(outside), -20 + (20 * slice.Medium[i]), PhantomOrgan.Heart);
            slice.Blend(i, slice.Coverage(outside + 2), _fat + (6 * slice.Medium[i]), PhantomOrgan.Heart);
            float heart = SmoothMaximum(_heart.Distance(p), below + 4, 8) + wobble;
            if (heart > slice.Pixel)
                continue;
            slice.Blend(i, slice.Coverage(heart), _muscle);
            float inner = heart + 3;
            slice.Blend(i, slice.Coverage(MathF.Max(inner, _rightAtrium.Distance(p))), _rightBlood);
            slice.Blend(i, slice.Coverage(MathF.Max(inner, _rightVentricle.Distance(p) + wobble)), _rightBlood);
            slice.Blend(i, slice.Coverage(MathF.Max(inner, _leftAtrium.Distance(p))), _arterial);
            slice.Blend(i, slice.Coverage(MathF.Max(heart, _leftMuscle.Distance(p))), _muscle);
            slice.Blend(i, slice.Coverage(MathF.Max(inner, _leftCavity.Distance(p) + (1.6f * slice.Fine[i]))), _arterial);
        }
    }
}
