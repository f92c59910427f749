using System.Numerics;
using Screener.Randomness;

namespace Screener.Phantoms.Anatomy;

/// <summary>Aorta and caval vein of the abdomen, their large branches, the portal trunk, and the small vessels of the mesentery.</summary>
internal sealed class AbdominalVessels : IStructure
{
    private readonly List<IStructure> _tubes = [];

    internal AbdominalVessels(RandomStream random, BodyFrame frame, Enhancement e, UpperAbdomen upper, IReadOnlyList<Kidney> kidneys)
    {
        var traits = frame.Traits;
        float lift = frame.Dome;
        float caliber = (float)(1 + (0.07 * random.NextGaussian()) + (0.002 * (traits.Age - 55)));
        float sway = (float)(2.5 * random.NextGaussian());
        var artery = new Tissue(e.Artery, 3, 3, 2, PhantomOrgan.Vessel);
        Vector3[] aorta = [new(-12, -33, -14), new(-9, -31, -50), new(-7 + sway, -25, -100), new(-8 - sway, -20, -150), new(-6, -18, -200), new(-6, -20, -300)];
        var wall = new Tubes(frame, new Tissue(48, 6, 0, 0, PhantomOrgan.Vessel)).Add((10.2f * caliber) + 1.3f, aorta);
        var lumen = new Tubes(frame, artery).Add(10.2f * caliber, aorta);
        var cava = new Tubes(frame, new Tissue(traits.Phase == ContrastPhase.Arterial ? 70 : e.SystemicVein, 4, 8, 5, PhantomOrgan.Vessel));
        float flat = (float)random.Uniform(0.75, 1.1);
        Vector3[] vein = [new(22, -14, 8 + lift), new(21, -17, -24 + lift), new(20, -20, -80), new(19, -18, -140), new(17, -16, -200), new(17, -18, -300)];
        cava.Add(10.5f * flat, vein);
        cava.Add(9f * flat, [.. vein.Select(v => v + new Vector3(6 * (1.2f - flat), 0, 0))]);
        var branches = new Tubes(frame, artery);
        float z = -62 + (0.5f * lift);
        branches.Add(3.6f, new Vector3(-9, -24, z), new(-6, -2, z + 2)).Add(2.8f, new Vector3(-6, -2, z + 2), new(14, 6, z + 2), new(26, 4, z));
        branches.Add(2.6f, new Vector3(-6, -2, z + 2), new(-34, -8, z + 10), upper.SplenicHilum);
        Vector3[] superior = [new(-8, -22, z - 16), new(-4, -2, z - 26), new(0, 10, z - 60), new(6, 18, z - 120), new(10, 22, z - 180)];
        branches.Add(3.7f, superior);
        var portal = new Tubes(frame, new Tissue(e.PortalVein, 3, 3, 0, PhantomOrgan.Vessel));
        portal.Add(5.5f, new Vector3(10, -2, z - 26), new(22, 2, -72 + (0.5f * lift)), new(34, 0, -62 + (0.6f * lift)));
        portal.Add(4.2f, new Vector3(10, -2, z - 26), new(-28, -6, z + 4), new(-56, -16, z + 14), upper.SplenicHilum);
        portal.Add(4.4f, new Vector3(10, -2, z - 26), new(11, 6, z - 60), new(14, 16, z - 120), new(16, 20, z - 180));

        // Vessels of the mesentery fan out to the gut; the eye knows them as dots and streaks in the fat.
        static bool InFat(PhantomOrgan label) => label == PhantomOrgan.SoftTissue;
        var mesenteric = new Tubes(frame, new Tissue((0.5f * (e.PortalVein + e.Artery)) + 5, 5, 0, 0, PhantomOrgan.SoftTissue), InFat);
        var targets = new List<Vector3>();
        for (int i = 0; i < 220; i++)
            targets.Add(new Vector3((float)random.Uniform(-88, 92), (float)random.Uniform(-15, 82), (float)random.Uniform(-280, -95)));
        VesselTree.Grow(mesenteric, random.Fork("mesentery"), superior, targets, 0.62f, 3.2f);
        var omentum = new List<Vector3>();
        for (int i = 0; i < 60; i++)
            omentum.Add(new Vector3((float)random.Uniform(-85, 85), (float)random.Uniform(55, 110), (float)random.Uniform(-230, -70)));
        VesselTree.Grow(mesenteric, random.Fork("omentum"), [new(-20, 60, -90), new(0, 66, -105)], omentum, 0.6f, 1.6f);

        float calcification = (float)Math.Clamp(((traits.Age - 48) * 0.035) + (0.3 * random.NextGaussian()), 0, 1.4);
        var plaque = new Tubes(frame, new Tissue(540, 120, 60, 0, PhantomOrgan.Vessel));
        int plaques = (int)(22 * calcification * random.NextDouble());
        for (int i = 0; i < plaques; i++)
        {
            int k = 1 + random.NextInt(aorta.Length - 2);
            float t = (float)random.NextDouble(), angle = (float)random.Uniform(0, 2 * Math.PI), span = (float)random.Uniform(0.1, 0.6);
            var centre = Vector3.Lerp(aorta[k], aorta[k + 1], t);
            Vector3 At(float a) => centre + (10.2f * caliber * new Vector3(MathF.Cos(a), MathF.Sin(a), 0));
            plaque.Add((float)random.Uniform(0.6, 1.6), At(angle), At(angle + span), At(angle + (2 * span)));
        }

        var nodes = new Tubes(frame, new Tissue(50, 10, 8, 0, PhantomOrgan.SoftTissue), InFat);
        for (int i = 0; i < 12; i++)
        {
            var at = new Vector3((float)random.Uniform(-30, 40), (float)random.Uniform(-20, 40), (float)random.Uniform(-240, -80));
            nodes.Add((float)random.Uniform(1.5, 3.5), at, at + new Vector3((float)random.NextGaussian(), (float)random.NextGaussian(), (float)random.NextGaussian()) * 3);
        }

        _tubes.Add(nodes);
        _tubes.Add(mesenteric);
        _tubes.Add(portal);
        _tubes.AddRange(kidneys.Select(k => k.Vein));
        _tubes.Add(cava);
        _tubes.AddRange(kidneys.Select(k => k.Artery));
        _tubes.Add(branches);
        _tubes.Add(wall);
        _tubes.Add(lumen);
        _tubes.Add(plaque);
    }

    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        foreach (var tube in _tubes)
            tube.Paint(slice);
    }
}
