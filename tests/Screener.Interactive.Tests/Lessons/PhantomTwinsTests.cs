using Screener.Interactive.Lessons;
using Screener.Phantoms;

namespace Screener.Tests.Interactive.Lessons;

public sealed class PhantomTwinsTests
{
    [Fact]
    public void TheyDifferAtTheLesionsAndTheOrgansHaveNames()
    {
        using var folder = new TemporaryFolder();
        var cohort = PhantomCohortWriter.Write(folder["phantoms"], new CohortOptions
        {
            Cohort = PhantomCohort.KidneyTumours, Cases = 1, Seed = 11,
            Phantom = PhantomOptions.Default with { InPlaneSpacingMin = 5, InPlaneSpacingMax = 6, SliceSpacings = [6] },
        }, 2);
        var twins = PhantomTwins.Of(cohort, cohort.Cases[0], CancellationToken.None);
        Assert.True(twins.Healthy.Grid.Matches(twins.Ill.Grid));
        int[] differing = [.. Enumerable.Range(0, twins.Ill.Voxels.Length).Where(i => twins.Ill.Voxels[i] != twins.Healthy.Voxels[i])];
        Assert.Contains(differing, i => twins.Lesions.Voxels[i] != 0);

        // A lesion's edge and the scanner's blur reach a few voxels beyond it.
        Assert.InRange(differing.Length, 1, 40 * twins.Lesions.Count);
        Assert.Equal("left kidney", twins.Organs.Names[(byte)PhantomOrgan.LeftKidney]);
        Assert.Equal("left kidney", cohort.ReadOrgans(cohort.Cases[0]).Names[(byte)PhantomOrgan.LeftKidney]);
    }
}
