using System.Numerics;
using Screener.Randomness;

namespace Screener.Phantoms.Anatomy;

/// <summary>The patient table: a curved shell with a foam core and a mattress, below the back; sometimes a cable on top.</summary>
internal sealed class Couch
{
    private readonly float _radius, _thickness, _shell, _core, _mattress, _halfWidth, _gap;
    private readonly bool _cable;
    private readonly Vector2 _cableFrom, _cableTo;
    private readonly (float Gap, float Phase, float Waves)[] _cloth;

    internal Couch(RandomStream random)
    {
        _radius = (float)random.Uniform(380, 900);
        _thickness = (float)random.Uniform(18, 30);
        _shell = (float)random.Uniform(-250, 90);
        _core = (float)random.Uniform(-960, -900);
        _mattress = (float)random.Uniform(-900, -780);
        _halfWidth = (float)random.Uniform(195, 225);
        _gap = (float)random.Uniform(6, 14);
        // A gown or a blanket: faint folds around the body.
        _cloth = new (float, float, float)[random.NextInt(3)];
        for (int i = 0; i < _cloth.Length; i++)
            _cloth[i] = ((float)random.Uniform(2, 14), (float)random.Uniform(0, 6), (float)random.Uniform(3, 9));
        _cable = random.Chance(0.4);
        float side = random.Chance(0.5) ? 1 : -1;
        _cableFrom = new((float)(side * random.Uniform(140, 175)), (float)random.Uniform(20, 60));
        _cableTo = new((float)(side * random.Uniform(150, 190)), (float)random.Uniform(-60, 20));
    }

    /// <summary>Paints over the air around the body. The table stands still while the anatomy deforms: scanner coordinates.</summary>
    /// <param name="slice">The slice.</param>
    /// <param name="back">y of the lowest point of the patient's back, mm, scanner coordinates.</param>
    internal void Paint(PhantomSlice slice, float back)
    {
        for (int h = 0; h < slice.Height; h++)
        {
            for (int w = 0; w < slice.Width; w++)
            {
                int i = (h * slice.Width) + w;
                if (slice.Label[i] != PhantomOrgan.Outside)
                    continue;
                var at = slice.Scanner(h, w);
                float top = back - _gap + (at.X * at.X / (2 * _radius));
                float depth = top - at.Y;
                float lateral = MathF.Abs(at.X) - _halfWidth;
                float outside = MathF.Max(lateral, MathF.Max(-depth, depth - _thickness));
                // Only the air in a pixel at the skin can turn into table.
                float air = Math.Clamp((-slice.Hu[i] - 500) / 500, 0, 1);
                if (outside < slice.Pixel)
                    Blend(slice, i, air * slice.Coverage(outside), _shell);
                if (outside + 1.8f < slice.Pixel)
                    Blend(slice, i, air * slice.Coverage(outside + 1.8f), _core);
                float mattress = MathF.Max(lateral + 6, MathF.Max(depth, -depth - _gap + 1));
                if (mattress < slice.Pixel)
                    Blend(slice, i, air * slice.Coverage(mattress), _mattress);
                foreach (var (gap, phase, waves) in _cloth)
                {
                    float fold = gap + (0.5f * gap * MathF.Sin((waves * slice.Angle[i]) + phase + (0.02f * slice.ScannerZ))) + (3 * slice.Coarse[i]);
                    float cloth = MathF.Abs(slice.Skin[i] - MathF.Max(1.5f, fold)) - 0.6f;
                    if (cloth < slice.Pixel && depth < -2)
                        Blend(slice, i, air * slice.Coverage(cloth), -880);
                }

                if (_cable)
                {
                    float t = 0.5f + (0.5f * MathF.Sin(slice.ScannerZ * 0.013f));
                    float cable = Vector2.Distance(at, Vector2.Lerp(_cableFrom, _cableTo, t)) - 1.5f;
                    if (cable < slice.Pixel && slice.Skin[i] > 6)
                        Blend(slice, i, slice.Coverage(cable), 250);
                }
            }
        }
    }

    private static void Blend(PhantomSlice slice, int i, float coverage, float hu) => slice.Hu[i] += coverage * (hu - slice.Hu[i]);
}
