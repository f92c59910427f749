using Screener.Imaging;
using Screener.Phantoms;

namespace Screener.Tests.Phantoms;

/// <summary>A diseased patient against the healthy twin of the same seed: the lesions and nothing but the lesions differ.</summary>
public sealed class PhantomLesionTests
{
    private static readonly PhantomOptions Coarse = new() { InPlaneSpacingMin = 3, InPlaneSpacingMax = 3.4, SliceSpacings = [4.0, 5.0] };

    public static TheoryData<Pathology, ulong> Cases()
    {
        var data = new TheoryData<Pathology, ulong>();
        foreach (var pathology in Enum.GetValues<Pathology>().Where(p => p != Pathology.None))
        {
            for (ulong seed = 501; seed <= 502; seed++)
                data.Add(pathology, seed);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Lesions_lie_in_the_organ_and_where_the_scan_differs_from_the_healthy_twin(Pathology pathology, ulong seed)
    {
        var (ill, healthy) = Pair(pathology, seed);
        Assert.Equal(healthy.Traits, ill.Traits);
        Assert.Equal(healthy.Volume.Grid, ill.Volume.Grid);
        Assert.Equal(0, healthy.Lesions.Count);
        Assert.True(ill.LesionCount > 0 && ill.Lesions.Count > 0);

        var near = Grown(ill.Lesions, 2);
        int inside = 0, changedInside = 0, changed = 0, changedFar = 0;
        for (int i = 0; i < near.Length; i++)
        {
            float difference = Math.Abs(ill.Volume.Voxels[i] - healthy.Volume.Voxels[i]);
            bool lesion = ill.Lesions.Voxels[i] != 0;
            inside += lesion ? 1 : 0;
            changedInside += lesion && difference > 0 ? 1 : 0;
            changed += difference > 25 ? 1 : 0;
            changedFar += difference > 25 && !near[i] ? 1 : 0;
        }

        Assert.True(changedInside > 0.9 * inside, $"{changedInside} of {inside} lesion voxels differ");
        Assert.True(changedFar <= 0.1 * changed, $"{changedFar} of {changed} changed voxels are far from any lesion");
        CheckOrgan(pathology, ill, healthy);
    }

    private static void CheckOrgan(Pathology pathology, PhantomPatient ill, PhantomPatient healthy)
    {
        var affected = AffectedOrgan.Of(pathology).Select(o => (byte)o).ToArray();
        var organ = healthy.Organs.Select(affected);
        var touching = Grown(organ, 1);
        bool touches = false;
        int inOrgan = 0;
        for (int i = 0; i < touching.Length; i++)
        {
            if (ill.Lesions.Voxels[i] == 0)
                continue;
            Assert.Contains(ill.Organs.Voxels[i], affected);
            inOrgan += organ.Voxels[i];
            touches |= touching[i];
        }

        Assert.True(touches, "the lesions do not touch the organ");
        // A kidney tumour bulges into the fat around; the others stay inside.
        Assert.True(pathology == Pathology.KidneyTumours || inOrgan == ill.Lesions.Count, $"{inOrgan} of {ill.Lesions.Count}");
        Assert.Equal(ill.AffectedOrgans().Voxels, ill.Organs.Select(affected).Voxels);
    }

    [Theory]
    [InlineData(Pathology.KidneyTumours, 15, 70)]
    [InlineData(Pathology.LiverTumours, 8, 60)]
    [InlineData(Pathology.LungNodules, 4, 30)]
    public void Lesions_have_the_sizes_of_their_kind(Pathology pathology, double smallest, double largest)
    {
        for (ulong seed = 511; seed < 514; seed++)
        {
            var patient = PhantomGenerator.Generate(seed, pathology, Coarse, TestContext.Current.CancellationToken);
            double volume = patient.Lesions.Count * patient.Lesions.Grid.VoxelVolume;
            double Ball(double diameter) => Math.PI / 6 * diameter * diameter * diameter;
            // Outlines are irregular and organs cut lesions off: a factor of two each way, and a voxel at least.
            Assert.True(volume <= 2 * patient.LesionCount * Ball(largest), $"seed {seed}: {volume:0} mm3");
            Assert.True(volume >= Math.Min(patient.Lesions.Grid.VoxelVolume, 0.3 * Ball(smallest)), $"seed {seed}: {volume:0} mm3");
        }
    }

    // A threshold on attenuation must not be enough in the soft organs; in the lungs it goes far, as it does in patients.
    [Theory]
    [InlineData(Pathology.KidneyTumours, 0.85)]
    [InlineData(Pathology.LiverTumours, 0.9)]
    public void Attenuation_alone_does_not_find_the_tumours(Pathology pathology, double limit)
    {
        var areas = new List<double>();
        for (ulong seed = 521; seed < 525; seed++)
        {
            var patient = PhantomGenerator.Generate(seed, pathology, Coarse, TestContext.Current.CancellationToken);
            var organ = patient.AffectedOrgans();
            float[] values = [.. patient.Volume.Voxels.Where((_, i) => organ.Voxels[i] != 0)];
            Array.Sort(values);
            float median = values[values.Length / 2];
            var scores = Enumerable.Range(0, organ.Voxels.Length).Where(i => organ.Voxels[i] != 0)
                .Select(i => (Score: Math.Abs(patient.Volume.Voxels[i] - median), Lesion: patient.Lesions.Voxels[i] != 0)).ToList();
            areas.Add(AreaUnderRoc(scores));
        }

        Assert.InRange(areas.Average(), 0.3, limit);
    }

    private static double AreaUnderRoc(List<(float Score, bool Lesion)> scores)
    {
        // Mann-Whitney: ties count half; scores are whole numbers up to a shift, so counting by value is exact.
        double below = 0, wins = 0, positives = 0;
        foreach (var group in scores.GroupBy(s => s.Score).OrderBy(g => g.Key))
        {
            int lesions = group.Count(s => s.Lesion), others = group.Count() - lesions;
            wins += lesions * (below + (0.5 * others));
            below += others;
            positives += lesions;
        }

        return wins / (positives * below);
    }

    private static (PhantomPatient Ill, PhantomPatient Healthy) Pair(Pathology pathology, ulong seed) => (
        PhantomGenerator.Generate(seed, pathology, Coarse, TestContext.Current.CancellationToken),
        PhantomGenerator.Generate(seed, Pathology.None, Coarse, TestContext.Current.CancellationToken));

    private static bool[] Grown(LesionMask mask, int voxels)
    {
        var shape = mask.Shape;
        var grown = new bool[mask.Voxels.Length];
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                {
                    if (mask[d, h, w] == 0)
                        continue;
                    for (int z = Math.Max(0, d - voxels); z <= Math.Min(shape.Depth - 1, d + voxels); z++)
                    {
                        for (int y = Math.Max(0, h - voxels); y <= Math.Min(shape.Height - 1, h + voxels); y++)
                            grown.AsSpan(
                                shape.Index(z, y, Math.Max(0, w - voxels))..(shape.Index(z, y, Math.Min(shape.Width - 1, w + voxels)) + 1))
                                .Fill(true);
                    }
                }
            }
        }

        return grown;
    }
}
