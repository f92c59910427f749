using System.Numerics;
using Screener.Randomness;
using static Screener.Phantoms.BodyFrame;

namespace Screener.Phantoms.Lesions;

/// <summary>Viral pneumonia: patchy ground glass, mostly at the back, low and near the pleura, some of it consolidated with air in the bronchi.</summary>
internal static class GroundGlass
{
    private static bool InLung(PhantomOrgan organ) => organ is PhantomOrgan.RightLung or PhantomOrgan.LeftLung;

    internal static int Grow(LesionCanvas canvas, RandomStream random, PatientTraits traits)
    {
        var lung = canvas.Voxels(InLung);
        if (lung.Count == 0)
            return 0;
        var low = canvas.Position(lung[0]);
        var high = low;
        foreach (int i in lung)
        {
            low = Vector3.Min(low, canvas.Position(i));
            high = Vector3.Max(high, canvas.Position(i));
        }

        int patches = 3 + random.NextInt(12);
        bool oneSided = random.Chance(0.15);
        var side = random.Chance(0.5) ? PhantomOrgan.RightLung : PhantomOrgan.LeftLung;
        for (int k = 0; k < patches; k++)
        {
            var stream = random.Fork((ulong)k);
            int voxel = Seed(canvas, stream, lung, low, high, oneSided ? side : null);
            Patch(canvas, stream, voxel, traits);
        }

        return patches;
    }

    // Rejection sampling: back, bottom and rim of the lung are the likeliest places.
    private static int Seed(LesionCanvas canvas, RandomStream random, List<int> lung, Vector3 low, Vector3 high, PhantomOrgan? side)
    {
        int best = lung[0];
        float bestWeight = -1;
        for (int tries = 0; tries < 12; tries++)
        {
            int i = lung[random.NextInt(lung.Count)];
            if (side is not null && canvas.Organ(i) != side)
                continue;
            var t = (canvas.Position(i) - low) / (high - low);
            float weight = (1.3f - t.Y) * (1.2f - (0.7f * t.Z)) * (0.5f + MathF.Abs(t.X - 0.5f)) * (float)random.NextDouble();
            if (weight > bestWeight)
                (best, bestWeight) = (i, weight);
        }

        return best;
    }

    private static void Patch(LesionCanvas canvas, RandomStream random, int seed, PatientTraits traits)
    {
        var centre = canvas.Position(seed);
        float radius = (float)Math.Exp(random.Uniform(Math.Log(8), Math.Log(38)));
        var shape = new IrregularSolid(canvas, random, radius, 1.2f);
        var place = new Vector3((float)random.Uniform(0, 900));
        float haze = (float)random.Uniform(120, 330);
        float consolidated = random.Chance(0.4) ? (float)random.Uniform(0.2, 0.9) : 0;
        float tissue = (float)random.Uniform(10, 45) + (traits.Phase == ContrastPhase.Native ? 0 : (float)random.Uniform(10, 45));
        float softness = (float)random.Uniform(0.25, 0.7) * radius;
        bool paving = random.Chance(0.35);
        canvas.Visit(centre, shape.Reach + softness, (i, offset) =>
        {
            if (!InLung(canvas.Organ(i)))
                return;
            var p = offset + place;
            float distance = shape.Distance(offset) + (0.22f * radius * canvas.Noise(p, 4.5f));
            float weight = Smooth(0.5f - (distance / softness));
            if (weight <= 0)
                return;
            ref float voxel = ref canvas.Hu(i);
            // Airways keep their air and vessels their blood: only aerated lung turns hazy.
            float aerated = Math.Clamp((-300 - voxel) / 350, 0, 1) * (voxel < -950 ? 0.1f : 1);
            float add = haze * (1 + (0.18f * canvas.Noise(p, 3)));
            if (paving)
                add += 160 * MathF.Max(0, 1 - (MathF.Abs(canvas.Noise(p, 3.6f)) / 0.3f));
            float hu = MathF.Min(voxel + add, -150);
            if (consolidated > 0)
            {
                float core = Smooth((-distance / radius * 2.2f) - 1.1f + (1.2f * consolidated) + (0.3f * canvas.Noise(p, 5)));
                float bronchogram = MathF.Max(0, 1 - (MathF.Abs(canvas.Noise(p, 6)) / 0.1f)) * (canvas.Noise(p, 11) > 0.4f ? 0.7f : 0);
                float solid = tissue + (10 * canvas.Noise(p, 3)) - (700 * bronchogram);
                hu += core * (solid - hu);
            }

            voxel += weight * aerated * MathF.Max(0, hu - voxel);
            if (weight >= 0.5f)
                canvas.Mark(i, canvas.Organ(i));
        });
    }
}
