using Screener.Imaging;
using Screener.Phantoms;

namespace Screener.Tests.Phantoms;

/// <summary>Attenuation and size of the organs against the ranges that radiology textbooks give.</summary>
public sealed class PhantomAnatomyTests
{
    // Coarse voxels: the same anatomy in a fraction of the time.
    private static readonly PhantomOptions Coarse = new() { InPlaneSpacingMin = 3, InPlaneSpacingMax = 3.4, SliceSpacings = [5.0] };

    [Theory]
    [InlineData(ContrastPhase.Native, 401)]
    [InlineData(ContrastPhase.Arterial, 402)]
    [InlineData(ContrastPhase.PortalVenous, 403)]
    [InlineData(ContrastPhase.Nephrographic, 404)]
    public void Organs_have_their_attenuation_and_size(ContrastPhase phase, ulong seed)
    {
        var probabilities = new double[4];
        probabilities[(int)phase] = 1;
        var patient = PhantomGenerator.Generate(
            seed, Pathology.None, Coarse with { PhaseProbabilities = probabilities }, TestContext.Current.CancellationToken);
        Assert.Equal(phase, patient.Traits.Phase);
        bool native = phase == ContrastPhase.Native;

        foreach (var lung in (PhantomOrgan[])[PhantomOrgan.RightLung, PhantomOrgan.LeftLung])
        {
            InRange(Quantile(patient, lung, 0.5), -930, -760, lung);
            InRange(Millilitres(patient, lung), 1000, 4500, lung);
        }

        var liver = phase switch
        {
            ContrastPhase.Native => (10, 75),
            ContrastPhase.Arterial => (25, 95),
            _ => (50, 140),
        };
        InRange(Quantile(patient, PhantomOrgan.Liver, 0.5), liver.Item1, liver.Item2, "liver");
        InRange(Millilitres(patient, PhantomOrgan.Liver), 600, 2400, "liver");
        InRange(Quantile(patient, PhantomOrgan.Spleen, 0.5), native ? 35 : 70, native ? 62 : 170, "spleen");
        InRange(Millilitres(patient, PhantomOrgan.Spleen), 40, 400, "spleen");
        foreach (var kidney in (PhantomOrgan[])[PhantomOrgan.RightKidney, PhantomOrgan.LeftKidney])
        {
            // The brightest part is cortex.
            InRange(Quantile(patient, kidney, 0.9), native ? 25 : 120, native ? 65 : 260, kidney);
            InRange(Millilitres(patient, kidney), 60, 320, kidney);
        }

        InRange(Quantile(patient, PhantomOrgan.Vessel, 0.9), phase == ContrastPhase.Arterial ? 200 : native ? 40 : 100,
            phase == ContrastPhase.Arterial ? 450 : native ? 75 : 230, "blood");
        InRange(Quantile(patient, PhantomOrgan.Bone, 0.5), 130, 500, "bone");
        InRange(Quantile(patient, PhantomOrgan.Outside, 0.5), -1010, -985, "air");
        InRange(Millilitres(patient, PhantomOrgan.Heart), 350, 1300, "heart");

        float[] soft = Values(patient, PhantomOrgan.SoftTissue);
        Assert.True(soft.Count(v => v is > -130 and < -75) > 0.12 * soft.Length, "fat");
        Assert.True(soft.Count(v => v is > 25 and < 95) > 0.2 * soft.Length, "muscle");
        Assert.True(Values(patient, PhantomOrgan.Bowel).Count(v => v < -500) > 50, "gas in the bowel");
        Assert.True(Values(patient, PhantomOrgan.Outside).Count(v => v > -600) > 200, "a table");
    }

    [Fact]
    public void Lungs_are_denser_at_the_back_and_hold_vessels_and_airways()
    {
        var patient = PhantomGenerator.Generate(407, Pathology.None, Coarse, TestContext.Current.CancellationToken);
        var (front, back) = (new List<float>(), new List<float>());
        var shape = patient.Volume.Shape;
        double middle = 0;
        long n = 0;
        void EachLungVoxel(Action<int, float> visit)
        {
            for (int i = 0; i < patient.Organs.Voxels.Length; i++)
            {
                if (patient.Organs.Voxels[i] is (byte)PhantomOrgan.RightLung or (byte)PhantomOrgan.LeftLung)
                    visit(i / shape.Width % shape.Height, patient.Volume.Voxels[i]);
            }
        }

        EachLungVoxel((h, _) => (middle, n) = (middle + h, n + 1));
        middle /= n;
        EachLungVoxel((h, hu) => (h > middle ? front : back).Add(hu));
        Assert.True(Median(back) > Median(front) + 15, $"back {Median(back)}, front {Median(front)}");
        InRange((double)front.Concat(back).Count(v => v > -400) / n, 0.005, 0.2, "vessels");
    }

    [Fact]
    public void Nothing_but_air_and_table_lies_outside_of_the_skin_and_the_field_of_view_holds_the_body()
    {
        var patient = PhantomGenerator.Generate(408, Pathology.None, Coarse, TestContext.Current.CancellationToken);
        var shape = patient.Organs.Shape;
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                Assert.Equal(0, patient.Organs[d, h, 0]);
                Assert.Equal(0, patient.Organs[d, h, shape.Width - 1]);
            }

            for (int w = 0; w < shape.Width; w++)
            {
                Assert.Equal(0, patient.Organs[d, 0, w]);
                Assert.Equal(0, patient.Organs[d, shape.Height - 1, w]);
            }
        }
    }

    private static void InRange(double value, double low, double high, object what) =>
        Assert.True(value >= low && value <= high, $"{what}: {value:0.##} is not in [{low}, {high}]");

    private static float[] Values(PhantomPatient patient, PhantomOrgan organ) =>
        [.. patient.Volume.Voxels.Where((_, i) => patient.Organs.Voxels[i] == (byte)organ)];

    private static float Quantile(PhantomPatient patient, PhantomOrgan organ, double q)
    {
        float[] values = Values(patient, organ);
        Array.Sort(values);
        return values[(int)(q * (values.Length - 1))];
    }

    private static float Median(List<float> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static double Millilitres(PhantomPatient patient, PhantomOrgan organ) =>
        patient.Organs.Voxels.LongCount(v => v == (byte)organ) * patient.Organs.Grid.VoxelVolume / 1000;
}
