using Screener.Imaging;
using Screener.Inference;
using Screener.Randomness;
using Screener.Tests.Training;

namespace Screener.Tests.Inference;

public sealed class SmoothedMethodTests
{
    private const double Sigma = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void AVoxelScoresTheWeightedMeanOfThoseAroundItAndOutsideOfTheBodyIsTheLeast(int threads)
    {
        var (grid, random) = (new VolumeGrid(new(7, 9, 8), Affine.Canonical(new Spacing(5, 2, 2.5))), new RandomStream(5));
        var body = new BodyMask(grid, new byte[grid.Shape.CheckedLength()]);
        var map = new AnomalyMap(grid, new float[body.Voxels.Length]);
        ForEach((d, h, w, i) =>
        {
            body.Voxels[i] = d > 0 && h is > 1 and < 7 && w > 2 ? (byte)1 : (byte)0;
            map.Voxels[i] = body.Voxels[i] == 0 ? -4 : (float)random.Uniform(-4, 4);
        });
        var scan = new PatientScan(new CtVolume(grid, map.Voxels), body, TinyTraining.Compute with { Threads = threads });

        var smooth = new SmoothedMethod(new Given(map), Sigma).Map(scan, null, TestContext.Current.CancellationToken);

        float least = float.PositiveInfinity;
        ForEach((d, h, w, i) => least = body.Voxels[i] != 0 ? Math.Min(least, smooth.Voxels[i]) : least);
        ForEach((d, h, w, i) => Assert.Equal(body.Voxels[i] != 0 ? Mean(d, h, w) : least, smooth.Voxels[i], 1e-4));

        double Mean(int cd, int ch, int cw)
        {
            double sum = 0, weights = 0;
            ForEach((d, h, w, i) =>
            {
                var (far, aside, along) = (Math.Abs(d - cd) * 5, Math.Abs(h - ch) * 2, Math.Abs(w - cw) * 2.5);
                if (far > Reach(5) || aside > Reach(2) || along > Reach(2.5))
                    return;
                double weight = Math.Exp(-((far * far) + (aside * aside) + (along * along)) / (2 * Sigma * Sigma));
                (sum, weights) = (sum + (weight * map.Voxels[i]), weights + weight);
            });
            return sum / weights;
        }

        // The kernel ends with the first voxel that is three deviations away.
        static double Reach(double spacing) => Math.Ceiling(3 * Sigma / spacing) * spacing;

        void ForEach(Action<int, int, int, int> act)
        {
            for (int d = 0, i = 0; d < grid.Shape.Depth; d++)
            for (int h = 0; h < grid.Shape.Height; h++)
            for (int w = 0; w < grid.Shape.Width; w++, i++)
                act(d, h, w, i);
        }
    }

    private sealed class Given(AnomalyMap map) : AnomalyMethod
    {
        public override string Name => "given";

        public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress, CancellationToken cancellation) => map;
    }
}
