using System.Numerics;
using Screener.Randomness;
using static Screener.Phantoms.BodyFrame;

namespace Screener.Phantoms.Anatomy;

/// <summary>Vertebrae with discs, arches, processes and canal, and the psoas and erector muscles' bed beside them.</summary>
internal sealed class Spine : IStructure
{
    private readonly float _density, _period, _start, _disc, _sway, _cord;
    private readonly float[] _spur = new float[32], _wedge = new float[32], _marrow = new float[32];
    private readonly Tubes _psoas, _crura;

    internal Spine(RandomStream random, BodyFrame frame, float boneDensity)
    {
        _density = boneDensity;
        _period = 27 + (float)random.Uniform(-1, 1);
        _start = (float)random.Uniform(0, 20);
        _disc = (float)random.Uniform(70, 105);
        _sway = (float)(3 * random.NextGaussian());
        _cord = (float)random.Uniform(25, 40);
        double wear = Math.Clamp((frame.Traits.Age - 45) * 0.02, 0, 0.8);
        for (int i = 0; i < 32; i++)
        {
            // Spurs and sclerosis beside worn discs are common after fifty.
            _spur[i] = random.Chance(wear) ? (float)random.Uniform(1, 5) : 0;
            _wedge[i] = random.Chance(0.5 * wear) ? (float)random.Uniform(0.02, 0.1) : 0;
            _marrow[i] = (float)(8 * random.NextGaussian());
        }

        float bulk = frame.Traits.Muscle;
        _psoas = new Tubes(frame, new Tissue(56, 5, 5, 0, PhantomOrgan.SoftTissue));
        _crura = new Tubes(frame, new Tissue(58, 5, 5, 0, PhantomOrgan.SoftTissue));
        foreach (float side in (ReadOnlySpan<float>)[1, -1])
        {
            for (int i = 0; i < 6; i++)
            {
                float z = -95 - (28 * i);
                _psoas.Add(
                    new(side * (26 + (3.5f * i)), SpineY(z) - 4, z), new(side * (29.5f + (3.5f * i)), SpineY(z - 28) - 2, z - 28),
                    bulk * (7 + (2.6f * i)), bulk * (9.6f + (2.6f * i)));
                // Quadratus lumborum beside it, near the back wall.
                _psoas.Add(new(side * 58, SpineY(z) - 26, z), new(side * 60, SpineY(z - 28) - 26, z - 28), bulk * 8, bulk * 8.5f);
            }

            _crura.Add(bulk * 4.2f, new Vector3(side * 15, -24, -8), new(side * 19, -33, -45), new(side * 17, -34, -90));
        }
    }

    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        _psoas.Paint(slice);
        _crura.Paint(slice);
        float centre = SpineY(slice.BodyZ);
        var range = slice.Range(new(-52, centre - 85, slice.BodyZ), new(52, centre + 30, slice.BodyZ));
        foreach (int i in range)
            PaintPixel(slice, i);
    }

    private void PaintPixel(PhantomSlice slice, int i)
    {
        var p = slice.Position[i];
        float x = p.X - (_sway * MathF.Sin(p.Z * 0.011f)), y = p.Y - SpineY(p.Z);
        if (MathF.Abs(x) > 50 || y < -75 || y > 30)
            return;
        float phase = (p.Z + 400 + _start) / _period;
        int level = Math.Clamp((int)phase, 0, 31);
        float inLevel = phase - level;
        float lumbar = Smooth((60 - p.Z) / 160);
        float halfWidth = 15.5f + (7.5f * lumbar), halfDepth = 14.5f + (3.5f * lumbar);
        // Bodies have a waist and overhanging end plates; worn ones carry spurs beside the disc.
        float fromDisc = MathF.Min(inLevel, 1 - inLevel) * _period;
        float waist = 2.2f * Smooth((fromDisc - 3) / 8);
        float discHalf = 3.1f + (1.8f * lumbar);
        float spur = _spur[inLevel < 0.5f ? level : Math.Min(level + 1, 31)] * Bump(fromDisc - discHalf - 1, 3.5f)
            * (0.4f + Smooth((y + 6) / 16));
        float ex = halfWidth - waist + spur, ey = halfDepth - waist + spur;
        float q = MathF.Sqrt(((x / ex) * (x / ex)) + ((y / ey) * (y / ey)));
        float body = (q - 1) * ey;
        float canalY = -halfDepth - 8.5f;
        float arch = MathF.Sqrt((x * x * 0.8f) + Square(y - canalY)) - 10;

        if (body < slice.Pixel)
            PaintBody(slice, i, body, fromDisc - discHalf + (level < 32 ? _wedge[level] * y : 0), level);

        float inArch = inLevel - 0.5f;
        float bone = 100;
        if (MathF.Abs(inArch) < 0.33f)
            bone = MathF.Abs(arch - 3.2f) - 3.2f;
        // Pedicles stand in the upper half of each vertebra, transverse processes behind them.
        if (inArch > -0.02f && inArch < 0.3f)
            bone = MathF.Min(bone, MathF.Max(MathF.Abs(MathF.Abs(x) - (10.5f + (2 * lumbar))) - 4, MathF.Abs(y - canalY - 2) - 9));
        float transverse = MathF.Max(MathF.Abs(MathF.Abs(x) - 26) - 14, MathF.Abs(y - canalY + 4 + (0.25f * (MathF.Abs(x) - 14))) - 3.4f);
        bone = MathF.Min(bone, MathF.Max(transverse, (MathF.Abs(inArch - 0.12f) - 0.16f) * _period));
        // The spinous process slopes down and backwards.
        float slope = inArch + ((canalY - 14 - y) * (0.012f - (0.006f * lumbar)));
        float spinous = MathF.Max(
            MathF.Max(MathF.Abs(x) - 3.2f, y - canalY + 11),
            MathF.Max(canalY - 42 - y, (MathF.Abs(slope) - (0.22f + (0.1f * lumbar))) * _period));
        bone = MathF.Max(MathF.Min(bone, spinous), slice.Skin[i] + 6);
        if (bone < slice.Pixel)
        {
            float marrow = slice.Coverage(bone + 2);
            float shell = (560 * _density) + (50 * slice.Medium[i]);
            slice.Blend(i, slice.Coverage(bone), shell + (marrow * ((210 * _density) - shell)), PhantomOrgan.Bone);
        }

        if (arch < slice.Pixel && body > -1)
        {
            slice.Blend(i, slice.Coverage(arch), -30 + (20 * slice.Medium[i]), PhantomOrgan.SoftTissue);
            float cord = MathF.Sqrt((x * x) + Square(y - canalY - 1)) - 6.5f;
            slice.Blend(i, slice.Coverage(cord), _cord, PhantomOrgan.SoftTissue);
        }
    }

    private void PaintBody(PhantomSlice slice, int i, float distance, float fromEndPlate, int level)
    {
        float coverage = slice.Coverage(distance);
        if (fromEndPlate < 0)
        {
            slice.Blend(i, coverage, _disc + (6 * slice.Medium[i]), PhantomOrgan.SoftTissue);
            return;
        }

        float inside = MathF.Min(slice.Coverage(distance + 1.7f), Math.Clamp((fromEndPlate - 0.6f) / 1.8f, 0, 1));
        float shell = (430 * _density) + (40 * slice.Medium[i]);
        float marrow = (175 * _density) + _marrow[level] + (28 * slice.Fine[i]) + (10 * slice.Medium[i]);
        slice.Blend(i, coverage, shell + (inside * (marrow - shell)), PhantomOrgan.Bone);
    }
}
