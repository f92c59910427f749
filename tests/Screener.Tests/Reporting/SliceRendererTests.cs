using Screener.Errors;
using Screener.Imaging;
using Screener.Reporting;

namespace Screener.Tests.Reporting;

public sealed class SliceRendererTests
{
    private static readonly SliceRenderOptions Bare = new()
    {
        Window = new WindowPreset("test", 500, 1000), SideLabels = false, ColorBar = false,
    };

    // A made-up body: bright in the patient's right front upper corner, graded so that every place is different.
    private static float HuAt(double x, double y, double z) => (float)((x * 8) + (y * 3) + (z * 5));

    public static TheoryData<int, bool, bool, bool> Orientations()
    {
        var data = new TheoryData<int, bool, bool, bool>();
        for (int permutation = 0; permutation < 6; permutation++)
        {
            for (int flips = 0; flips < 8; flips++)
                data.Add(permutation, (flips & 1) != 0, (flips & 2) != 0, (flips & 4) != 0);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Orientations))]
    public void EveryOrientationIsDrawnFromThePatientsSide(int permutation, bool flipX, bool flipY, bool flipZ)
    {
        // 20 x 30 x 12 voxels of 2 x 1 x 3 mm along x, y, z, whichever array axes these are.
        int[] order = ((int[][])[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])[permutation];
        var volume = Body(order, [flipX, flipY, flipZ]);
        var at = new SlicePosition(4, 11, 7);

        // Slice z = 12 mm: pixel (0, 0) is the patient's right front corner; steps go to the left (-x) and back (-y).
        Check(SliceRenderer.Render(volume, SlicePlane.Axial, at, Bare), 40, 30, (px, py) => (38.5 - px, 29 - py, 12));
        Check(SliceRenderer.Render(volume, SlicePlane.Coronal, at, Bare), 40, 36, (px, py) => (38.5 - px, 11, 34 - py));
        Check(SliceRenderer.Render(volume, SlicePlane.Sagittal, at, Bare), 30, 36, (px, py) => (14, 29 - px, 34 - py));

        static void Check(RgbImage image, int width, int height, Func<int, int, (double X, double Y, double Z)> world)
        {
            Assert.Equal((width, height), (image.Width, image.Height));
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    var (wx, wy, wz) = world(x, y);
                    double hu = HuAt(Math.Clamp(wx, 0, 38), Math.Clamp(wy, 0, 29), Math.Clamp(wz, 0, 33));
                    Assert.InRange(image[x, y].R - Bare.Window.ToGrey(hu), -1, 1);
                }
            }
        }
    }

    [Fact]
    public void AFieldOfViewIsCentredOnThePositionAndBlackOutside()
    {
        var volume = Body([0, 1, 2], [false, false, false]);
        var image = SliceRenderer.Render(volume, SlicePlane.Axial, new SlicePosition(4, 29, 19), Bare with { FieldOfViewMm = 21 });
        Assert.Equal((21, 21), (image.Width, image.Height));
        Assert.Equal(Bare.Window.ToGrey(HuAt(38, 29, 12)), image[10, 10].R);
        Assert.Equal(Bare.Window.ToGrey(HuAt(35, 25, 12)), image[13, 14].R);
        Assert.Equal(Rgb.Black, image[5, 14]);
        Assert.Equal(Rgb.Black, image[13, 5]);
    }

    [Fact]
    public void TheMapCoversWhereItsScoreIsHighAndTheLesionIsOutlinedJustOutside()
    {
        var grid = new VolumeGrid(new VolumeShape(1, 10, 10), Affine.Identity);
        var ct = new CtVolume(grid, new float[100]);
        var scores = new float[100];
        var lesion = new byte[100];
        var shape = grid.Shape;
        scores[shape.Index(0, 2, 3)] = 10;
        scores[shape.Index(0, 1, 1)] = 4.9f;
        scores[shape.Index(0, 8, 8)] = float.NaN;
        for (int h = 5; h <= 6; h++)
        {
            for (int w = 5; w <= 7; w++)
                lesion[shape.Index(0, h, w)] = 1;
        }

        var options = Bare with { Scores = new ScoreRange(0, 10), Threshold = 5, Opacity = 0.5, Outline = new Rgb(1, 2, 3) };
        var image = SliceRenderer.Render(
            ct, SlicePlane.Axial, default, options, new AnomalyMap(grid, scores), new LesionMask(grid, lesion));

        // Voxel (h, w) is drawn at column 9 - w and row 9 - h. HU 0 is black in this window.
        Assert.Equal(Rgb.Black.Under(ColorMap.Inferno[1], 0.5), image[6, 7]);
        var outlined = new HashSet<(int, int)>();
        for (int y = 0; y < 10; y++)
        {
            for (int x = 0; x < 10; x++)
            {
                if (image[x, y] == options.Outline)
                    outlined.Add((9 - y, 9 - x));
                else if ((x, y) != (6, 7))
                    Assert.Equal(Rgb.Black, image[x, y]);
            }
        }

        Assert.Equal([(4, 5), (4, 6), (4, 7), (5, 4), (5, 8), (6, 4), (6, 8), (7, 5), (7, 6), (7, 7)], outlined.Order());
    }

    [Theory]
    [InlineData(SlicePlane.Axial, 'R', 'L', 'A', 'P')]
    [InlineData(SlicePlane.Coronal, 'R', 'L', 'S', 'I')]
    [InlineData(SlicePlane.Sagittal, 'A', 'P', 'S', 'I')]
    public void SidesAreLettered(SlicePlane plane, char left, char right, char top, char bottom)
    {
        // Stored feet-last and mirrored, as few scanners do: the letters must follow the patient, not the array.
        var affine = new Affine(-1, 0, 0, 100, 0, 1, 0, 0, 0, 0, -1, 100);
        var ct = new CtVolume(new VolumeGrid(new VolumeShape(100, 100, 100), affine), new float[1_000_000]);
        var image = SliceRenderer.Render(ct, plane, new SlicePosition(50, 50, 50), Bare with { SideLabels = true });
        Assert.Equal(left, Letter(image, 0, 50));
        Assert.Equal(right, Letter(image, 99, 50));
        Assert.Equal(top, Letter(image, 50, 0));
        Assert.Equal(bottom, Letter(image, 50, 99));
    }

    // Reads the white letter nearest to an edge by its shape.
    private static char Letter(RgbImage image, int nearX, int nearY)
    {
        string seen = Shape(image, Math.Clamp(nearX - 10, 0, 79), Math.Clamp(nearY - 10, 0, 79));
        return "RLAPSI".Single(letter =>
        {
            var alone = new RgbImage(20, 20);
            StrokeFont.Draw(alone, $"{letter}", 2, 2, 15);
            return Shape(alone, 0, 0) == seen;
        });
    }

    // What is white of 20 x 20 pixels, without the empty columns and rows around it.
    private static string Shape(RgbImage image, int left, int top)
    {
        var white = (from x in Enumerable.Range(left, 20)
                     from y in Enumerable.Range(top, 20)
                     where image[x, y].G > 200
                     select (x, y)).ToHashSet();
        Assert.NotEmpty(white);
        int x0 = white.Min(p => p.x), y0 = white.Min(p => p.y);
        return string.Join(' ', white.Select(p => (p.x - x0, p.y - y0)).Order());
    }

    [Fact]
    public void PositionsAreFoundInAnyOrientation()
    {
        var shape = new VolumeShape(6, 8, 10);
        foreach (var affine in (Affine[])[Affine.Identity, new(-1, 0, 0, 9, 0, -1, 0, 7, 0, 0, -1, 5)])
        {
            var grid = new VolumeGrid(shape, affine);
            bool flipped = affine != Affine.Identity;
            int At(int d, int h, int w) => flipped ? shape.Index(5 - d, 7 - h, 9 - w) : shape.Index(d, h, w);

            var lesion = new byte[shape.CheckedLength()];
            foreach (var (d, h, w) in ((int, int, int)[])[(1, 1, 1), (4, 2, 3), (4, 2, 4), (4, 2, 5), (2, 6, 6), (2, 7, 6)])
                lesion[At(d, h, w)] = 1;
            Assert.Equal(new SlicePosition(4, 2, 4), SlicePosition.OfLargestLesion(new LesionMask(grid, lesion)));
            Assert.Null(SlicePosition.OfLargestLesion(new LesionMask(grid, new byte[lesion.Length])));

            var scores = new float[lesion.Length];
            scores[At(3, 1, 2)] = 5;
            scores[At(5, 5, 5)] = 4;
            scores[At(0, 0, 0)] = float.NaN;
            var body = new byte[lesion.Length];
            body[At(5, 5, 5)] = body[At(5, 5, 6)] = 1;
            var map = new AnomalyMap(grid, scores);
            Assert.Equal(new SlicePosition(3, 1, 2), SlicePosition.OfHighestScore(map));
            Assert.Equal(new SlicePosition(5, 5, 5), SlicePosition.OfHighestScore(map, new BodyMask(grid, body)));
            Assert.Null(SlicePosition.OfHighestScore(map, new BodyMask(grid, new byte[lesion.Length])));
        }
    }

    [Fact]
    public void TheScoreRangeIsMedianTo999thPermilleWithinTheBody()
    {
        var grid = new VolumeGrid(new VolumeShape(2, 50, 40), Affine.Identity);
        var scores = new float[4000];
        var body = new byte[4000];
        for (int i = 0; i < 4000; i++)
        {
            scores[i] = i % 2 == 0 ? i / 2 : -1e9f;
            body[i] = i % 2 == 0 ? (byte)1 : (byte)0;
        }

        scores[0] = float.NaN;
        var range = ScoreRange.Of(new AnomalyMap(grid, scores), new BodyMask(grid, body));
        Assert.Equal(1000, range.Low, 1.0);
        Assert.Equal(1998, range.High, 2.0);
        var flat = ScoreRange.Of(new AnomalyMap(grid, new float[4000]));
        Assert.True(flat.High > flat.Low);
    }

    [Fact]
    public void ImpossibleRequestsNameWhatIsWrong()
    {
        var ct = Body([0, 1, 2], [false, false, false]);
        var other = new VolumeGrid(ct.Shape, Affine.Identity);
        Assert.Throws<OptionException>(() => SliceRenderer.Render(ct, SlicePlane.Axial, new SlicePosition(12, 0, 0)));
        Assert.Throws<OptionException>(
            () => SliceRenderer.Render(ct, SlicePlane.Axial, default, new SliceRenderOptions { PixelMm = double.NaN }));
        Assert.Throws<OptionException>(
            () => SliceRenderer.Render(ct, SlicePlane.Axial, default, new SliceRenderOptions { FieldOfViewMm = 9000, PixelMm = 0.01 }));
        Assert.Throws<OptionException>(
            () => SliceRenderer.Render(ct, SlicePlane.Axial, default, null, new AnomalyMap(other, new float[ct.Voxels.Length])));
    }

    private static CtVolume Body(int[] order, bool[] flips)
    {
        int[] lengths = [20, 30, 12];
        double[] mm = [2, 1, 3];

        // order[a] is the world axis that array axis a (0 = D, 1 = H, 2 = W) runs along.
        var shape = new VolumeShape(lengths[order[0]], lengths[order[1]], lengths[order[2]]);
        var m = new double[3, 4];
        for (int axis = 0; axis < 3; axis++)
        {
            int world = order[axis];
            m[world, 2 - axis] = flips[world] ? -mm[world] : mm[world];
            m[world, 3] = flips[world] ? mm[world] * (lengths[world] - 1) : 0;
        }

        var affine = new Affine(m[0, 0], m[0, 1], m[0, 2], m[0, 3], m[1, 0], m[1, 1], m[1, 2], m[1, 3], m[2, 0], m[2, 1], m[2, 2], m[2, 3]);
        var voxels = new float[shape.CheckedLength()];
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++)
                {
                    var (x, y, z) = affine.ToWorld(d, h, w);
                    voxels[shape.Index(d, h, w)] = HuAt(x, y, z);
                }
            }
        }

        return new CtVolume(new VolumeGrid(shape, affine), voxels);
    }
}
