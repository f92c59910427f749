using Screener.Annotations;
using Screener.Interactive.Lessons;

namespace Screener.Tests.Interactive.Lessons;

public sealed class InventedReadersTests
{
    [Fact]
    public void OneDrawsTheTruthOthersLessOrMoreAndTheLastOverlooksTheSmallest()
    {
        using var folder = new TemporaryFolder();
        var (series, truth, same) = BallPatient.Write(folder["series"], (9, 20, 22, 7), (11, 44, 50, 4));
        var reading = InventedReaders.Of(series, truth);
        Assert.Equal([2, 2, 2, 1], reading.Readers.Select(r => r.Nodules.Count));
        var masks = reading.Readers.Select(r => LidcConsensus.Of(reading with { Readers = [r] }, series, 1).Mask).ToList();
        Assert.InRange(BallPatient.Dice(masks[1], same), 0.97, 1);
        Assert.True(masks[0].Count < 0.8 * same.Count, $"{masks[0].Count} of {same.Count}");
        Assert.True(masks[2].Count > 1.2 * same.Count, $"{masks[2].Count} of {same.Count}");
        Assert.True(masks[3].Count > same.Count, $"{masks[3].Count} of {same.Count}");
        Assert.Equal(2, LidcCluster.Of(reading, 1, 1, 1).Count);

        // How many agree on a voxel: all in the middle of the larger ball, nobody far from both.
        var agreement = new LidcPatient("", series, reading, false).Agreement();
        for (int i = 0; i < agreement.Voxels.Length; i++)
            Assert.Equal(masks.Count(m => m.Voxels[i] != 0), agreement.Voxels[i]);
        Assert.Equal("4 of 4 readers drew here", agreement.Names[agreement.Voxels.Max()]);
    }
}
