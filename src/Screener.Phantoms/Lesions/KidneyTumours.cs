using System.Numerics;
using Screener.Randomness;

namespace Screener.Phantoms.Lesions;

/// <summary>One or two tumours of 15 to 70 mm that grow out of the cortex and bulge from the kidney: solid, necrotic or cystic.</summary>
internal static class KidneyTumours
{
    private static bool IsKidney(PhantomOrgan organ) => organ is PhantomOrgan.RightKidney or PhantomOrgan.LeftKidney;

    internal static int Grow(LesionCanvas canvas, RandomStream random, PatientTraits traits)
    {
        int count = random.Chance(0.12) ? 2 : 1;
        for (int k = 0; k < count; k++)
        {
            var stream = random.Fork((ulong)k);
            var side = stream.Chance(0.5) ? PhantomOrgan.RightKidney : PhantomOrgan.LeftKidney;
            var kidney = canvas.Voxels(o => o == side);
            if (kidney.Count > 0)
                GrowOne(canvas, stream, traits, kidney, side);
        }

        return count;
    }

    private static void GrowOne(LesionCanvas canvas, RandomStream random, PatientTraits traits, List<int> kidney, PhantomOrgan side)
    {
        float radius = 0.5f * (float)Math.Exp(random.Uniform(Math.Log(15), Math.Log(70)));
        var middle = Vector3.Zero;
        foreach (int i in kidney)
            middle += canvas.Position(i) / kidney.Count;

        // A point of the surface, not at the hilum; from there outwards or inwards.
        float inwards = side == PhantomOrgan.RightKidney ? -1 : 1;
        Vector3 surface, outwards;
        int tries = 0;
        do
        {
            surface = canvas.Position(kidney[random.NextInt(kidney.Count)]);
            outwards = Vector3.Normalize((surface - middle) * new Vector3(1, 1, 0.35f) + new Vector3(0, 0, 1e-3f));
            while (canvas.IndexAt(surface + (2 * outwards)) is var next && next >= 0 && canvas.Organ(next) == side)
                surface += 2 * outwards;
        }
        while (outwards.X * inwards > 0.35f && ++tries < 50);
        var centre = surface + (outwards * radius * (float)random.Uniform(-0.75, 0.4));

        double kind = random.NextDouble();
        var phase = Tone(random, traits.Phase, kind);
        bool cystic = kind is >= 0.72 and < 0.86;
        float necrosis = radius > 11 && !cystic && random.Chance(0.65) ? (float)random.Uniform(0.1, 0.9) : 0;
        bool calcified = random.Chance(0.14), capsule = random.Chance(0.4);
        float fluid = (float)random.Uniform(8, 28);
        var shape = new IrregularSolid(canvas, random, radius, (float)random.Uniform(0.1, 0.9));
        var place = new Vector3((float)random.Uniform(0, 900));
        canvas.Visit(centre, shape.Reach, (i, offset) =>
        {
            var organ = canvas.Organ(i);
            ref float voxel = ref canvas.Hu(i);
            // Muscle, bone and great vessels hold; fat, gut and glands give way.
            if (!canvas.InCavity(i) || organ is PhantomOrgan.Bone or PhantomOrgan.Vessel or PhantomOrgan.Outside or PhantomOrgan.RightLung or PhantomOrgan.LeftLung
                || (organ == PhantomOrgan.SoftTissue && voxel > 20))
                return;
            float coverage = canvas.Coverage(offset, shape.Distance);
            if (coverage <= 0)
                return;
            var p = offset + place;
            float inside = -shape.Distance(offset);
            float hu = phase + (8 * canvas.Noise(p, 2.6f)) + (11 * canvas.Noise(p, 6)) + (8 * canvas.Noise(p, 0.45f * radius));
            if (cystic)
            {
                float wall = Math.Clamp((3.5f + (2.5f * canvas.Noise(p, 6)) - inside) / 2, 0, 1);
                float septum = MathF.Max(0, 1 - (MathF.Abs(canvas.Noise(p, 0.5f * radius)) / 0.13f));
                hu = fluid + (3 * canvas.Noise(p, 4)) + (MathF.Max(wall, septum) * (hu - fluid));
            }
            else if (necrosis > 0)
            {
                float dead = Math.Clamp((((inside / radius) - 0.35f) * 2.4f) + (0.8f * canvas.Noise(p, 0.35f * radius)) - 0.9f + (1.3f * necrosis), 0, 1);
                hu += dead * (fluid + (4 * canvas.Noise(p, 3)) - hu);
            }

            if (capsule && inside < 2.2f)
                hu -= 14;
            if (calcified)
                hu += 260 * Math.Clamp((canvas.Noise(p, 3) + (0.4f * canvas.Noise(p, 9)) - 1.5f) * 1.5f, 0, 1);
            voxel += coverage * (hu - voxel);
            if (coverage >= 0.5f)
                canvas.Mark(i, side);
        });
    }

    // Clear cell tumours take up much contrast early, papillary ones little; all are below the cortex later.
    private static float Tone(RandomStream random, ContrastPhase phase, double kind) => phase switch
    {
        ContrastPhase.Native => (float)random.Uniform(26, 46),
        ContrastPhase.Arterial => kind < 0.55 ? (float)random.Uniform(105, 165) : (float)random.Uniform(50, 85),
        ContrastPhase.PortalVenous => kind < 0.55 ? (float)random.Uniform(95, 150) : (float)random.Uniform(65, 95),
        _ => kind < 0.55 ? (float)random.Uniform(85, 130) : (float)random.Uniform(65, 90),
    };
}
