using Screener.Errors;
using Screener.Imaging;
using Screener.Phantoms;

namespace Screener.Tests.Phantoms;

public sealed class PhantomGeneratorTests
{
    // Coarse voxels: the same anatomy in a fraction of the time.
    private static readonly PhantomOptions Coarse = new() { InPlaneSpacingMin = 3, InPlaneSpacingMax = 3.4, SliceSpacings = [5.0] };

    [Fact]
    public void The_same_seed_gives_the_same_bits()
    {
        var a = PhantomGenerator.Generate(11, Pathology.LiverTumours, Coarse, TestContext.Current.CancellationToken);
        var b = PhantomGenerator.Generate(11, Pathology.LiverTumours, Coarse, TestContext.Current.CancellationToken);
        var other = PhantomGenerator.Generate(12, Pathology.LiverTumours, Coarse, TestContext.Current.CancellationToken);
        Assert.Equal(a.Volume.Voxels, b.Volume.Voxels);
        Assert.Equal(a.Lesions.Voxels, b.Lesions.Voxels);
        Assert.Equal(a.Organs.Voxels, b.Organs.Voxels);
        Assert.Equal(a.Volume.Grid, b.Volume.Grid);
        Assert.NotEqual(a.Traits, other.Traits);
    }

    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    public void Organs_lie_on_their_sides(ulong seed)
    {
        var patient = PhantomGenerator.Generate(seed, Pathology.None, Coarse, TestContext.Current.CancellationToken);
        var spine = Centroid(patient.Organs, PhantomOrgan.Bone);
        var (liver, spleen, stomach) = (Centroid(patient.Organs, PhantomOrgan.Liver), Centroid(patient.Organs, PhantomOrgan.Spleen),
            Centroid(patient.Organs, PhantomOrgan.Stomach));
        var (heart, right, left) = (Centroid(patient.Organs, PhantomOrgan.Heart), Centroid(patient.Organs, PhantomOrgan.RightLung),
            Centroid(patient.Organs, PhantomOrgan.LeftLung));
        var (rightKidney, leftKidney) = (Centroid(patient.Organs, PhantomOrgan.RightKidney),
            Centroid(patient.Organs, PhantomOrgan.LeftKidney));
        Assert.True(liver.X > spine.X + 25, "liver on the right");
        Assert.True(spleen.X < spine.X - 40, "spleen on the left");
        Assert.True(stomach.X < spine.X - 10, "stomach on the left");
        Assert.True(heart.X < spine.X - 5, "heart to the left");
        Assert.True(right.X > left.X + 80 && rightKidney.X > leftKidney.X + 80, "pairs");
        Assert.True(heart.Z > liver.Z && liver.Z > rightKidney.Z, "heart above liver above kidneys");
        Assert.True(heart.Y > spine.Y && stomach.Y > rightKidney.Y, "heart and stomach in front");
    }

    [Fact]
    public void Options_are_checked()
    {
        var error = Assert.Throws<OptionException>(
            () => PhantomGenerator.Generate(
                1, Pathology.None, new PhantomOptions { SliceSpacings = [50] }, TestContext.Current.CancellationToken));
        Assert.Contains(nameof(PhantomOptions.SliceSpacings), error.Message);
        Assert.Throws<OptionException>(() => new PhantomOptions { PhaseProbabilities = [1, 1, 0, 0] }.Validate());
        Assert.Throws<OptionException>(() => new PhantomOptions { NoiseMin = 20, NoiseMax = 10 }.Validate());
    }

    private static (double X, double Y, double Z) Centroid(LabelVolume organs, PhantomOrgan organ)
    {
        double x = 0, y = 0, z = 0;
        long n = 0;
        for (int d = 0; d < organs.Shape.Depth; d++)
        {
            for (int h = 0; h < organs.Shape.Height; h++)
            {
                for (int w = 0; w < organs.Shape.Width; w++)
                {
                    if (organs[d, h, w] != (byte)organ)
                        continue;
                    var p = organs.Grid.Affine.ToWorld(d, h, w);
                    (x, y, z, n) = (x + p.X, y + p.Y, z + p.Z, n + 1);
                }
            }
        }

        Assert.True(n > 100, $"{organ} has {n} voxels");
        return (x / n, y / n, z / n);
    }
}
