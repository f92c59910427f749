using System.Globalization;
using Screener.Errors;
using Screener.Imaging;

namespace Screener.Tests.Imaging;

public sealed class ReorientationTests
{
    // Two slices of three rows of four columns, numbered dhw.
    private static readonly float[] Numbered =
    [
        000, 001, 002, 003,
        010, 011, 012, 013,
        020, 021, 022, 023,

        100, 101, 102, 103,
        110, 111, 112, 113,
        120, 121, 122, 123,
    ];

    [Fact]
    public void ACanonicalVolumeIsReturnedAsItIs()
    {
        var volume = new CtVolume(new VolumeGrid(new(2, 3, 4), Affine.Canonical(new(3, 2, 1))), Numbered);
        Assert.Same(volume, Reorientation.ToCanonical(volume));
    }

    [Fact]
    public void LeftPosteriorAxesAreReversed()
    {
        // W runs to the left (1 mm), H to the back (2 mm), D to the head (3 mm): what DICOM gives for a supine patient.
        var volume = new CtVolume(new VolumeGrid(new(2, 3, 4), new(-1, 0, 0, 10, 0, -2, 0, 20, 0, 0, 3, 30)), Numbered, "lying");
        var canonical = Reorientation.ToCanonical(volume);
        Assert.Equal(new VolumeShape(2, 3, 4), canonical.Shape);
        Assert.Equal("lying", canonical.Source);
        Assert.Equal(
        [
            023, 022, 021, 020,
            013, 012, 011, 010,
            003, 002, 001, 000,

            123, 122, 121, 120,
            113, 112, 111, 110,
            103, 102, 101, 100,
        ],
        canonical.Voxels);
        Assert.Equal(new Affine(1, 0, 0, 7, 0, 2, 0, 16, 0, 0, 3, 30), canonical.Grid.Affine);
    }

    [Fact]
    public void AxesAreExchanged()
    {
        // W runs to the head, H to the left, D to the front: a coronal slab whose columns go up.
        var volume = new CtVolume(new VolumeGrid(new(2, 3, 4), new(0, -2, 0, 5, 0, 0, 3, 6, 1, 0, 0, 7)), Numbered);
        var canonical = Reorientation.ToCanonical(volume);
        Assert.Equal(new VolumeShape(4, 2, 3), canonical.Shape);
        Assert.Equal(
        [
            020, 010, 000,
            120, 110, 100,

            021, 011, 001,
            121, 111, 101,

            022, 012, 002,
            122, 112, 102,

            023, 013, 003,
            123, 113, 103,
        ],
        canonical.Voxels);
        Assert.Equal(new Affine(2, 0, 0, 1, 0, 3, 0, 6, 0, 0, 1, 7), canonical.Grid.Affine);
    }

    [Fact]
    public void EveryOrientationKeepsEachVoxelsPlaceAndComesBackExactly()
    {
        int[][] orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        var shape = new VolumeShape(37, 5, 66);
        var voxels = new float[shape.VoxelCount];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = i;
        foreach (int[] order in orders)
        {
            for (int signs = 0; signs < 8; signs++)
            {
                var m = new double[3, 3];
                for (int column = 0; column < 3; column++)
                    m[order[column], column] = (((signs >> column) & 1) == 0 ? 1 : -1) * (column + 1.5);
                var affine = new Affine(m[0, 0], m[0, 1], m[0, 2], -3, m[1, 0], m[1, 1], m[1, 2], 4, m[2, 0], m[2, 1], m[2, 2], 5);
                var volume = new AnomalyMap(new VolumeGrid(shape, affine), voxels);
                var canonical = Reorientation.ToCanonical(volume, threads: 2);
                Assert.True(Reorientation.From(canonical.Grid.Affine).IsIdentity);
                var back = canonical.Grid.Affine.Inverse().Compose(affine);
                for (int i = 0; i < voxels.Length; i += 11)
                {
                    int d = i / (shape.Width * shape.Height), h = i / shape.Width % shape.Height, w = i % shape.Width;
                    var (x, y, z) = back.ToWorld(d, h, w);
                    Assert.Equal(i, canonical[(int)Math.Round(z), (int)Math.Round(y), (int)Math.Round(x)]);
                }

                var restored = Reorientation.Restore(canonical, volume.Grid, threads: 1);
                Assert.Equal(voxels, restored.Voxels);
                Assert.Equal(volume.Grid, restored.Grid);
            }
        }
    }

    [Fact]
    public void RestoringToAForeignGridIsRefused()
    {
        var volume = new LabelVolume(new VolumeGrid(new(2, 3, 4), Affine.Identity), new byte[24]);
        Assert.Throws<OptionException>(() => Reorientation.Restore(volume, new VolumeGrid(new(2, 3, 4), Affine.Canonical(new(2, 1, 1)))));
    }

    [Fact]
    public void ChoosesTheAxesThatNibabelChooses()
    {
        // Random rotations with shear and unequal zooms: the choice is not obvious near 45 degrees.
        string printed = PythonOracle.Run(["nibabel", "numpy"], """
            import numpy as np, nibabel as nib
            rng = np.random.default_rng(7)
            for case in range(500):
                a = np.eye(4)
                a[:3, :3] = rng.normal(size=(3, 3)) @ np.diag(rng.uniform(0.3, 6, 3))
                if case % 2:
                    a[:3, :3] = np.linalg.qr(rng.normal(size=(3, 3)))[0] @ np.diag(rng.uniform(0.3, 6, 3))
                a[:3, 3] = rng.uniform(-300, 300, 3)
                image = nib.as_closest_canonical(nib.Nifti1Image(np.arange(24, dtype=np.float32).reshape(4, 3, 2), a))
                out = np.asarray(image.dataobj).transpose(2, 1, 0)
                print(*[repr(float(v)) for v in a[:3].ravel()], ';', *out.shape, ';', *out.ravel(), ';',
                    *[repr(float(v)) for v in image.affine[:3].ravel()])
            """);
        string[] lines = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(500, lines.Length);
        foreach (string line in lines)
        {
            double[][] parts = [
                .. line.Split(';').Select(
                    p => p.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(
                        v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray())];
            // nibabel counted [x, y, z] with z fastest: value = (w * 3 + h) * 2 + d.
            var voxels = new float[24];
            for (int d = 0; d < 2; d++)
            {
                for (int h = 0; h < 3; h++)
                {
                    for (int w = 0; w < 4; w++)
                        voxels[(((d * 3) + h) * 4) + w] = (((w * 3) + h) * 2) + d;
                }
            }

            var canonical = Reorientation.ToCanonical(new CtVolume(new VolumeGrid(new(2, 3, 4), ToAffine(parts[0])), voxels));
            Assert.Equal(new VolumeShape((int)parts[1][0], (int)parts[1][1], (int)parts[1][2]), canonical.Shape);
            Assert.Equal(parts[2].Select(v => (float)v), canonical.Voxels);
            for (int row = 0; row < 3; row++)
            {
                for (int column = 0; column < 4; column++)
                    Assert.Equal(parts[3][(row * 4) + column], canonical.Grid.Affine[row, column], 1e-9);
            }
        }
    }

    private static Affine ToAffine(double[] m) => new(m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[10], m[11]);
}
