using System.Numerics;
using Screener.Randomness;

namespace Screener.Phantoms.Lesions;

/// <summary>One to eight tumours of 8 to 60 mm: darker, equal to or brighter than the liver by phase, with rims, dead centres, chalk.</summary>
internal static class LiverTumours
{
    internal static int Grow(LesionCanvas canvas, RandomStream random, PatientTraits traits)
    {
        var liver = canvas.Voxels(o => o == PhantomOrgan.Liver);
        if (liver.Count == 0)
            return 0;
        double sum = 0;
        foreach (int i in liver)
            sum += canvas.Hu(i);
        float parenchyma = (float)(sum / liver.Count);
        double draw = random.NextDouble();
        int count = draw < 0.35 ? 1 : draw < 0.55 ? 2 : draw < 0.7 ? 3 : 4 + random.NextInt(5);
        // Metastases of one patient look alike.
        var look = Look.Draw(random.Fork("look"), traits.Phase);
        for (int k = 0; k < count; k++)
            GrowOne(canvas, random.Fork((ulong)k), liver, parenchyma, look, count);
        return count;
    }

    private readonly record struct Look(float Tone, float Rim, float Core, float CoreStart, bool Calcified)
    {
        internal static Look Draw(RandomStream random, ContrastPhase phase)
        {
            double kind = random.NextDouble();
            float U(double a, double b) => (float)random.Uniform(a, b);
            var (tone, rim) = phase switch
            {
                ContrastPhase.Native => (U(-26, -9), 0f),
                ContrastPhase.Arterial => kind < 0.4 ? (U(18, 45), 0f) : kind < 0.75 ? (U(-24, -8), U(10, 30)) : (U(-25, -10), 0f),
                ContrastPhase.PortalVenous => kind < 0.7 ? (U(-55, -18), 0f) : kind < 0.9 ? (U(-50, -22), U(12, 28)) : (U(-12, 4), U(8, 18)),
                _ => kind < 0.75 ? (U(-48, -16), 0f) : (U(-38, -14), U(8, 22)),
            };
            return new Look(tone, rim, U(-30, -10), U(0.25, 0.7), random.Chance(0.1));
        }
    }

    private static void GrowOne(LesionCanvas canvas, RandomStream random, List<int> liver, float parenchyma, Look look, int count)
    {
        float largest = count > 4 ? 32 : 60;
        float radius = 0.5f * (float)Math.Exp(Math.Log(8) + (Math.Log(largest / 8) * Math.Pow(random.NextDouble(), 1.2)));
        int centreVoxel;
        int tries = 0;
        do
            centreVoxel = liver[random.NextInt(liver.Count)];
        while (!HasRoom(canvas, centreVoxel, 0.55f * radius) && ++tries < 60);
        var centre = canvas.Position(centreVoxel);
        var shape = new IrregularSolid(canvas, random, radius, (float)random.Uniform(0.3, 1.2));
        var place = new Vector3((float)random.Uniform(0, 900));
        float tone = look.Tone * (float)random.Uniform(0.8, 1.2);
        float softness = (float)random.Uniform(0.6, 2.2);
        bool core = radius > 9 && random.Chance(0.6);
        canvas.Visit(centre, shape.Reach, (i, offset) =>
        {
            if (canvas.Organ(i) != PhantomOrgan.Liver)
                return;
            // A blurred margin: tumours infiltrate.
            float coverage = canvas.Coverage(offset, q => shape.Distance(q) / softness);
            if (coverage <= 0)
                return;
            var p = offset + place;
            float inside = -shape.Distance(offset);
            float hu = parenchyma + tone + (5 * canvas.Noise(p, 2.6f)) + (5 * canvas.Noise(p, 5)) + (5 * canvas.Noise(p, 0.5f * radius));
            if (look.Rim != 0)
                hu += (look.Rim - (0.6f * tone)) * Math.Clamp(1 - (MathF.Abs(inside - 2.2f) / 2.4f), 0, 1) * Math.Clamp(0.7f + (0.5f * canvas.Noise(p, 0.6f * radius)), 0, 1.2f);
            if (core)
                hu += look.Core * Math.Clamp((((inside / radius) - look.CoreStart) * 3) + (0.6f * canvas.Noise(p, 0.35f * radius)), 0, 1);
            hu = MathF.Max(hu, 8 + (3 * canvas.Noise(p, 3)));
            if (look.Calcified)
                hu += 220 * Math.Clamp((canvas.Noise(p, 3) + (0.4f * canvas.Noise(p, 9)) - 1.4f) * 1.5f, 0, 1);
            ref float voxel = ref canvas.Hu(i);
            voxel += coverage * (hu - voxel);
            if (coverage >= 0.5f)
                canvas.Mark(i, PhantomOrgan.Liver);
        });
    }

    private static bool HasRoom(LesionCanvas canvas, int voxel, float radius)
    {
        if (canvas.IsLesion(voxel))
            return false;
        var p = canvas.Position(voxel);
        foreach (var step in (ReadOnlySpan<Vector3>)[new(1, 0, 0), new(-1, 0, 0), new(0, 1, 0), new(0, -1, 0), new(0, 0, 1), new(0, 0, -1)])
        {
            int i = canvas.IndexAt(p + (step * radius));
            if (i < 0 || canvas.Organ(i) != PhantomOrgan.Liver)
                return false;
        }

        return true;
    }
}
