using System.Numerics;
using Screener.Randomness;

namespace Screener.Phantoms.Lesions;

/// <summary>One to five nodules of 4 to 30 mm: solid, part solid or non-solid, some spiculated, cavitated, calcified or at the pleura.</summary>
internal static class LungNodules
{
    private static bool InLung(PhantomOrgan organ) => organ is PhantomOrgan.RightLung or PhantomOrgan.LeftLung;

    internal static int Grow(LesionCanvas canvas, RandomStream random, PatientTraits traits)
    {
        var lung = canvas.Voxels(InLung);
        if (lung.Count == 0)
            return 0;
        double draw = random.NextDouble();
        int count = draw < 0.45 ? 1 : draw < 0.7 ? 2 : draw < 0.85 ? 3 : draw < 0.95 ? 4 : 5;
        for (int k = 0; k < count; k++)
            GrowOne(canvas, random.Fork((ulong)k), traits, lung);
        return count;
    }

    private static void GrowOne(LesionCanvas canvas, RandomStream random, PatientTraits traits, List<int> lung)
    {
        // Small nodules are the most common.
        float radius = 0.5f * (float)Math.Exp(Math.Log(4) + (Math.Log(30.0 / 4) * Math.Pow(random.NextDouble(), 1.3)));
        int centreVoxel;
        do
            centreVoxel = lung[random.NextInt(lung.Count)];
        while (canvas.IsLesion(centreVoxel));
        var centre = canvas.Position(centreVoxel);
        bool spiculated = radius > 4 && random.Chance(0.4);
        double kind = random.NextDouble();
        bool groundGlass = kind < 0.12, partSolid = kind is >= 0.12 and < 0.25;
        bool calcified = !groundGlass && !partSolid && random.Chance(0.12);
        bool cavity = radius > 7 && !groundGlass && random.Chance(0.15);
        float uptake = traits.Phase == ContrastPhase.Native ? 0 : (float)random.Uniform(5, 40);
        float solid = (float)random.Uniform(5, 50) + uptake;
        float glass = (float)random.Uniform(-680, -420);
        var shape = new IrregularSolid(canvas, random, radius, spiculated ? 1.3f : (float)random.Uniform(0, 1));
        var place = new Vector3((float)random.Uniform(0, 900));
        var spicules = new List<TubeSegment>();
        if (spiculated)
        {
            int spikes = 7 + random.NextInt(10);
            for (int s = 0; s < spikes; s++)
            {
                var direction = Vector3.Normalize(new((float)random.NextGaussian(), (float)random.NextGaussian(), (float)random.NextGaussian()));
                float length = radius * (float)random.Uniform(1.3, 1.9);
                spicules.Add(new TubeSegment(direction * (0.7f * radius), direction * length, 1.1f, 0.4f));
            }
        }

        float Distance(Vector3 p)
        {
            float d = shape.Distance(p);
            foreach (var spicule in spicules)
                d = MathF.Min(d, spicule.Distance(p, out _));
            return d;
        }

        canvas.Visit(centre, spiculated ? MathF.Max(shape.Reach, 2 * radius) : shape.Reach, (i, offset) =>
        {
            // The lobe's boundary stops the nodule; at the pleura it grows flat against it.
            if (!InLung(canvas.Organ(i)))
                return;
            float coverage = canvas.Coverage(offset, Distance);
            if (coverage <= 0 && i != centreVoxel)
                return;
            var p = offset + place;
            float inside = shape.Distance(offset);
            float hu = groundGlass || (partSolid && inside > -0.45f * radius)
                ? glass + (50 * canvas.Noise(p, 2.5f))
                : solid + (9 * canvas.Noise(p, 2.5f)) + (7 * canvas.Noise(p, 6));
            if (cavity && inside < -MathF.Max(5, 0.55f * radius) + (1.5f * canvas.Noise(p, 4)))
                hu = -920;
            if (calcified && inside < -0.3f * radius)
                hu += 250 * MathF.Max(0, canvas.Noise(p, 2.5f) + 0.6f);
            ref float voxel = ref canvas.Hu(i);
            // Vessels that run through stay visible in a non-solid nodule.
            if (groundGlass && voxel > hu)
                hu = voxel;
            voxel += Math.Max(coverage, i == centreVoxel ? 0.5f : 0) * (hu - voxel);
            if (coverage >= 0.5f || i == centreVoxel)
                canvas.Mark(i, canvas.Organ(i));
        });
    }
}
