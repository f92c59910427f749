using System.Numerics;
using Screener.Randomness;

namespace Screener.Phantoms;

/// <summary>
/// The patient's own coordinates and the walls of the trunk in them.
/// </summary>
/// <remarks>
/// Millimetres in an average adult: x to the right, y to the front, z to the head, as in <see cref="Imaging.Affine"/>; the origin lies in the
/// middle of the trunk at the height of the right diaphragm dome. A patient's size and a smooth deformation map these to the scanner.
/// </remarks>
internal sealed class BodyFrame
{
    // z, half width, half depth and middle (y) of the trunk's cavity inside of ribs and abdominal muscles.
    private static readonly float[] Z = [-320, -240, -160, -100, -50, 0, 50, 100, 150, 190, 215, 235, 300];
    private static readonly float[] HalfWidth = [122, 122, 124, 129, 135, 138, 136, 129, 115, 93, 70, 50, 46];
    private static readonly float[] HalfDepth = [86, 86, 88, 91, 94, 95, 92, 86, 76, 60, 48, 40, 38];
    private static readonly float[] Middle = [4, 4, 3, 2, 1, 0, -1, -3, -8, -16, -22, -26, -30];

    private const int Waves = 5;
    private readonly Vector3[] _waveNumber = new Vector3[Waves];
    private readonly Vector3[] _waveAmplitude = new Vector3[Waves];
    private readonly float[] _wavePhase = new float[Waves];
    private readonly float[] _outline = new float[8];
    private readonly Vector3 _scale;
    private readonly float _belly, _depthRatio;

    internal BodyFrame(RandomStream random, PatientTraits traits, PhantomOptions options)
    {
        Traits = traits;
        _scale = new Vector3(traits.TrunkWidth, traits.TrunkWidth, traits.TrunkLength);
        var warp = random.Fork("warp");
        for (int i = 0; i < Waves; i++)
        {
            var direction = Vector3.Normalize(new((float)warp.NextGaussian(), (float)warp.NextGaussian(), (float)warp.NextGaussian()));
            _waveNumber[i] = direction * (2 * MathF.PI / (float)warp.Uniform(130, 380));
            _waveAmplitude[i] = new Vector3((float)warp.NextGaussian(), (float)warp.NextGaussian(), (float)warp.NextGaussian())
                * (float)(options.Deformation / Math.Sqrt(Waves));
            _wavePhase[i] = (float)warp.Uniform(0, 2 * Math.PI);
        }

        foreach (var amplitude in _waveAmplitude)
            Reach += MathF.Max(MathF.Abs(amplitude.X), MathF.Max(MathF.Abs(amplitude.Y), MathF.Abs(amplitude.Z)));
        var shape = random.Fork("outline");
        for (int i = 0; i < _outline.Length; i++)
            _outline[i] = (float)shape.NextGaussian();
        _depthRatio = 1 + (0.04f * (float)shape.NextGaussian());
        _belly = 26 * traits.VisceralFat * (float)shape.Uniform(0.6, 1.2);
        Dome = (float)(-14 + (22 * (1 - traits.Breath)) + (4 * shape.NextGaussian()));
        DomeDifference = (float)shape.Uniform(5, 20);
    }

    internal PatientTraits Traits { get; }

    /// <summary>The deformation moves no point further than this along any axis, mm.</summary>
    internal float Reach { get; }

    /// <summary>z of the right diaphragm dome: higher in expiration.</summary>
    internal float Dome { get; }

    /// <summary>How much lower the left dome stands.</summary>
    internal float DomeDifference { get; }

    /// <summary>From patient-scaled scanner coordinates (mm, origin in the body's middle) to the average body's.</summary>
    internal Vector3 ToBody(Vector3 scanner)
    {
        var p = scanner / _scale;
        return p + Warp(p);
    }

    /// <summary>The inverse of <see cref="ToBody"/>, to about 0.1 mm.</summary>
    internal Vector3 ToScanner(Vector3 body)
    {
        var p = body;
        for (int i = 0; i < 4; i++)
            p = body - Warp(p);
        return p * _scale;
    }

    private Vector3 Warp(Vector3 p)
    {
        var sum = Vector3.Zero;
        for (int i = 0; i < Waves; i++)
            sum += _waveAmplitude[i] * MathF.Sin(Vector3.Dot(_waveNumber[i], p) + _wavePhase[i]);
        return sum;
    }

    /// <summary>y of the cavity's middle at height z.</summary>
    internal static float MiddleAt(float z) => Interpolate(Middle, z);

    /// <summary>Distance from the cavity's middle to its wall in the direction <paramref name="angle"/> (0 right, pi/2 front).</summary>
    internal float CavityRadius(float angle, float z)
    {
        var (sin, cos) = MathF.SinCos(angle);
        float a = Interpolate(HalfWidth, z), b = Interpolate(HalfDepth, z) * _depthRatio;
        // The belly of a stout patient bulges to the front and the sides, below the ribs most.
        float belly = _belly * Smooth((-z - 10) / 110);
        // A lean one's is flat.
        float lean = (1 - Traits.VisceralFat) * Smooth((-z - 20) / 90);
        a += (0.55f * belly) - (7 * lean);
        b += MathF.Max(0, sin) * (belly - (14 * lean));
        const float power = 2.45f;
        float r = 1 / MathF.Pow(MathF.Pow(MathF.Abs(cos) / a, power) + MathF.Pow(MathF.Abs(sin) / b, power), 1 / power);
        r -= Furrow(angle, z);
        return r * (1 + (0.008f * _outline[0] * cos) + (0.01f * _outline[1] * MathF.Sin(2 * angle)) + (0.006f * _outline[2] * MathF.Cos(3 * angle)));
    }

    // The spine stands in the cavity's back: the ribs run backwards from it before they turn, and in the loin muscle fills the corner.
    private static float Furrow(float angle, float z)
    {
        float loin = Smooth((10 - z) / 120);
        return (25 - (3 * loin)) * Bump(Angle(angle, -MathF.PI / 2), 0.26f + (0.3f * loin)) * Smooth((260 - z) / 60);
    }

    /// <summary>Thickness of ribs, muscle and deep fat from the cavity's wall outwards.</summary>
    internal float MuscleThickness(float angle, float z)
    {
        var (sin, cos) = MathF.SinCos(angle);
        float fromBack = Angle(angle, -MathF.PI / 2), fromFront = Angle(angle, MathF.PI / 2);
        float muscle = Traits.Muscle;
        float t = 13 + (3 * muscle);
        float erector = (17 * muscle * Bump(fromBack - 0.3f, 0.26f)) + (9 * muscle * Bump(fromBack, 0.22f)) + Furrow(angle, z);
        float pectoral = z > 60 ? 15 * muscle * Bump(fromFront - 0.72f, 0.38f) * Smooth((z - 60) / 60) : 0;
        float flank = z < -20 ? 6 * muscle * Bump(fromFront - 1.5f, 0.5f) * Smooth((-z - 20) / 80) : 0;
        float latissimus = 8 * muscle * Bump(fromBack - 0.95f, 0.35f) * Smooth((z + 10) / 80);
        float shoulder = z > 105 ? 112 * muscle * MathF.Pow(MathF.Abs(cos), 2.6f) * Smooth((z - 105) / 105) : 0;
        float nape = z > 150 ? 26 * muscle * Bump(fromBack - 0.4f, 0.7f) * Smooth((z - 150) / 60) : 0;
        float collar = z > 150 ? 20 * Bump(fromFront, 0.55f) * Smooth((z - 150) / 60) : 0;
        return t + collar + erector + pectoral + flank + latissimus + shoulder + nape - (sin > 0.9f && z < -20 ? 2 : 0);
    }

    /// <summary>Thickness of the fat under the skin.</summary>
    internal float FatThickness(float angle, float z)
    {
        float fromBack = Angle(angle, -MathF.PI / 2), fromFront = Angle(angle, MathF.PI / 2);
        float fat = Traits.SubcutaneousFat;
        float lower = Smooth((40 - z) / 140);
        float t = fat * ((0.45f + (0.55f * lower)) * (0.75f + (0.25f * MathF.Abs(MathF.Cos(angle)))));
        t *= 1 - (0.45f * Bump(fromBack, 0.25f));
        t *= 1 + (0.06f * ((_outline[3] * MathF.Sin(angle + (z * 0.012f))) + (_outline[4] * MathF.Cos((2 * angle) - (z * 0.009f)))));
        if (Traits.Female && z > -20 && z < 160)
        {
            float breast = (14 + (0.9f * fat)) * Bump(fromFront - 0.72f, 0.36f) * Bump(z - 68 - (4 * _outline[5]), 42);
            t += breast;
        }

        return MathF.Max(t, 3);
    }

    /// <summary>How far the point (x, y) lies above the diaphragm's underside, as a height of the diaphragm there.</summary>
    internal float DiaphragmHeight(float x, float y)
    {
        float right = Sheet(x - 62, y - 12, 0.0125f, 0.0025f) + Dome;
        float left = Sheet(-x - 66, y - 8, 0.0125f, 0.0026f) + Dome - DomeDifference;
        return SmoothMaximum(right, left, 12);
    }

    private static float Sheet(float lateral, float front, float outer, float inner)
    {
        float kx = lateral > 0 ? outer : inner, ky = front > 0 ? 0.0052f : 0.0082f;
        return -((kx * lateral * lateral) + (ky * front * front));
    }

    /// <summary>Signed distance to the diaphragm, positive below of it.</summary>
    internal float BelowDiaphragm(Vector3 p)
    {
        float height = DiaphragmHeight(p.X, p.Y);
        float gx = DiaphragmHeight(p.X + 2, p.Y) - height, gy = DiaphragmHeight(p.X, p.Y + 2) - height;
        return (height - p.Z) / MathF.Sqrt(1 + (((gx * gx) + (gy * gy)) * 0.25f));
    }

    /// <summary>Signed distance to the cavity's wall, negative inside.</summary>
    internal float CavityDistance(Vector3 p)
    {
        float dy = p.Y - MiddleAt(p.Z);
        return MathF.Sqrt((p.X * p.X) + (dy * dy)) - CavityRadius(MathF.Atan2(dy, p.X), p.Z);
    }

    /// <summary>y of the vertebral bodies' middle: kyphosis of the chest, lordosis of the loin.</summary>
    internal static float SpineY(float z) => -57 - (11 * MathF.Exp(-Square((z - 95) / 95))) + (9 * MathF.Exp(-Square((z + 170) / 80)));

    internal static float Square(float v) => v * v;

    internal static float Smooth(float t)
    {
        t = Math.Clamp(t, 0, 1);
        return t * t * (3 - (2 * t));
    }

    internal static float Bump(float t, float width) => MathF.Exp(-Square(t / width));

    internal static float SmoothMaximum(float a, float b, float radius)
    {
        float h = MathF.Max(radius - MathF.Abs(a - b), 0) / radius;
        return MathF.Max(a, b) + (h * h * radius * 0.25f);
    }

    internal static float SmoothMinimum(float a, float b, float radius) => -SmoothMaximum(-a, -b, radius);

    /// <summary>The unsigned angle between two directions, 0 to pi.</summary>
    internal static float Angle(float a, float b)
    {
        float d = MathF.Abs(a - b);
        return d > MathF.PI ? (2 * MathF.PI) - d : d;
    }

    // Catmull-Rom through the knots.
    private static float Interpolate(float[] values, float z)
    {
        if (z <= Z[0])
            return values[0];
        if (z >= Z[^1])
            return values[^1];
        int i = 0;
        while (z >= Z[i + 1])
            i++;
        float h = Z[i + 1] - Z[i], t = (z - Z[i]) / h;
        float Slope(int k) => k == 0 || k == Z.Length - 1 ? 0 : (values[k + 1] - values[k - 1]) / (Z[k + 1] - Z[k - 1]);
        float t2 = t * t, t3 = t2 * t;
        return (((2 * t3) - (3 * t2) + 1) * values[i]) + ((t3 - (2 * t2) + t) * h * Slope(i))
            + (((3 * t2) - (2 * t3)) * values[i + 1]) + ((t3 - t2) * h * Slope(i + 1));
    }
}
