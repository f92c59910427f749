using System.Globalization;
using Screener.Interactive.Lessons;
using Screener.Phantoms;

namespace Screener.Interactive.Tests.Lessons;

public sealed class TissueHuTests
{
    [Fact]
    public void TissuesHaveTheirHuAwayFromBorders()
    {
        var patient = PhantomGenerator.Generate(2505, Pathology.LiverTumours, PhantomOptions.Default with { SliceSpacings = [5.0] });
        var rows = TissueHu.Of(patient).ToDictionary(row => row[0], row => row.Skip(1).Select(
            n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray());
        foreach (var (tissue, low, high) in ((string, double, double)[])[
            ("outside", -1010, -900), ("right lung", -900, -700), ("fat", -130, -70), ("muscle and skin", 20, 90), ("liver", 40, 160),
            ("tumour or nodule", 0, 160), ("bone", 150, 900)])
            Assert.InRange(rows[tissue][0], low, high);

        // With its border the liver, which touches lung, would spread by more.
        float[] all = [.. patient.Volume.Voxels.Where((_, i) => patient.Organs.Voxels[i] == (byte)PhantomOrgan.Liver)];
        double mean = all.Average(v => v), deviation = Math.Sqrt(all.Average(v => (v - mean) * (v - mean)));
        Assert.True(rows["liver"][1] < deviation, $"{rows["liver"][1]} and {deviation}");
        Assert.True(rows["liver"][2] < all.Length * patient.Volume.Grid.VoxelVolume / 1000);
    }
}
