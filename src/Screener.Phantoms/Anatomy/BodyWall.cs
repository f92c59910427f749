using Screener.Randomness;

namespace Screener.Phantoms.Anatomy;

/// <summary>Skin, fat under the skin, muscle of the trunk's wall, and the fat that fills the cavity between the organs.</summary>
internal sealed class BodyWall : IStructure
{
    private readonly Tissue _muscle;
    private readonly float _fat, _infiltration, _visceral, _stranding;

    internal BodyWall(RandomStream random, PatientTraits traits)
    {
        float muscle = (float)(54 + (4 * random.NextGaussian()) - (0.15 * Math.Max(0, traits.Age - 60))) + (traits.Phase == ContrastPhase.Native ? 0 : 8);
        _muscle = new Tissue(muscle, 4, 5, 2, PhantomOrgan.SoftTissue);
        _fat = (float)(-104 + (4 * random.NextGaussian()));
        // Older and stouter people have fat between the bundles of their muscles.
        _infiltration = Math.Clamp((0.012f * (traits.Age - 45)) + (0.5f * traits.VisceralFat) + (0.2f * (float)random.NextGaussian()), 0.05f, 1.3f);
        _visceral = traits.VisceralFat;
        _stranding = (float)random.Uniform(3, 12);
    }

    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        var skin = new Tissue(25, 10, 8, 0, PhantomOrgan.SoftTissue);
        for (int i = 0; i < slice.Hu.Length; i++)
        {
            float distance = slice.Skin[i];
            if (distance > slice.Pixel)
                continue;
            slice.Blend(i, slice.Coverage(distance), skin);
            if (distance > -1)
                continue;

            // Septa cross the fat under the skin as thin, faint sheets.
            float septum = Sheet(slice.Medium[i] + (0.3f * slice.Fine[i]), 0.06f) * 30;
            slice.Blend(i, slice.Coverage(distance + 2.2f), _fat + (3 * slice.Fine[i]) + (3 * slice.Medium[i]) + septum, PhantomOrgan.SoftTissue);
            float toMuscle = slice.Muscle[i] + (0.8f * slice.Medium[i]);
            if (toMuscle > slice.Pixel)
                continue;
            slice.Blend(i, slice.Coverage(toMuscle), MuscleAt(slice, i), PhantomOrgan.SoftTissue);
            float toCavity = slice.Cavity[i];
            if (toCavity > slice.Pixel)
                continue;
            float fat = _fat + 4 + (3 * slice.Fine[i]) + (_stranding * MathF.Max(0, slice.Medium[i] - 0.6f)) + (Sheet(slice.Medium[i] - 0.5f, 0.08f) * 25);
            slice.Blend(i, slice.Coverage(toCavity), fat, PhantomOrgan.SoftTissue);
        }
    }

    private float MuscleAt(PhantomSlice slice, int i)
    {
        float hu = slice.Value(_muscle, i);
        // Fat planes: between the layers of the abdominal wall, and between the bundles of back and shoulder.
        float depth = slice.Cavity[i];
        float layer = MathF.Max(
            Plane(depth - 6.5f - (0.8f * slice.Coarse[i]), 0.9f),
            Plane(depth - 12 - (1.2f * slice.Coarse[i]), 0.9f));
        // Further out muscles lie over each other like leaves, parted by fat in places.
        float leaf = depth + (11 * slice.Coarse[i]) + (8 * MathF.Sin((2 * slice.Angle[i]) + (0.02f * slice.BodyZ)));
        float within = leaf - (27 * MathF.Floor(leaf / 27));
        float seen = depth > 15 ? Math.Clamp(0.2f + (0.5f * _infiltration) + (0.5f * slice.Coarse[i]) + (0.3f * slice.Medium[i]), 0, 1) : 0;
        float bundle = seen * MathF.Max(
            Plane(within - 12, 0.7f + (0.6f * _infiltration)),
            Sheet(slice.Coarse[i] - (0.4f * slice.Medium[i]) - 0.3f, 0.06f + (0.05f * _infiltration)));
        float speckle = depth > 16 ? Math.Clamp((slice.Fine[i] - 2.1f + (0.7f * _infiltration)) * 0.8f, 0, 0.6f) : 0;
        float fat = MathF.Max(MathF.Max(0.45f * layer * MathF.Min(1, 0.3f + _visceral), 0.8f * bundle), speckle);
        return hu + (fat * (_fat - hu));
    }

    // Where a smooth random field is near zero lies a thin, wavy sheet.
    private static float Sheet(float field, float halfWidth) => MathF.Max(0, 1 - (MathF.Abs(field) / halfWidth));

    private static float Plane(float distance, float halfWidth) => MathF.Max(0, 1 - (MathF.Abs(distance) / (2 * halfWidth)));
}
