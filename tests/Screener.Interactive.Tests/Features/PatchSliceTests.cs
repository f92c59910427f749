using Screener.Errors;
using Screener.Imaging;
using Screener.Interactive.Features;
using Screener.Reporting;
using Screener.Tests;
using TorchSharp;

namespace Screener.Interactive.Tests.Features;

[Collection(TorchCollection.Name)]
public sealed class PatchSliceTests
{
    private static readonly VolumeShape Shape = new(5, 12, 16);

    [Theory]
    [InlineData(2, 3)]
    [InlineData(10, 14)]
    [InlineData(6, 8)]
    public void AMarkLiesOnItsVoxel(int h, int w)
    {
        // One bright voxel; voxels of 2 x 3 mm, so that both axes have a scale of their own.
        var values = new float[Shape.VoxelCount];
        values[Shape.Index(2, h, w)] = 1;
        var slice = new PatchSlice(Shape, new Spacing(1, 3, 2), SlicePlane.Axial, new SlicePosition(2, 0, 0), 320);
        var image = slice.Grey(values);
        var (x, y) = slice.PixelOf(image, h, w);
        double sum = 0, atX = 0, atY = 0;
        for (int py = 0; py < image.Height; py++)
        {
            for (int px = 0; px < image.Width; px++)
                (sum, atX, atY) = (sum + image[px, py].R, atX + (px * image[px, py].R), atY + (py * image[px, py].R));
        }

        Assert.Equal(atX / sum, x, 0.3);
        Assert.Equal(atY / sum, y, 0.3);

        // As CTs are drawn: the first column of the array is on the right, the first row at the bottom.
        Assert.Equal(w < 8, x > image.Width / 2.0);
        Assert.Equal(h < 6, y > image.Height / 2.0);
        Assert.Equal(36.0 / 32, (double)image.Height / image.Width, 0.02);
    }

    [Fact]
    public void WhatIsHiddenIsTintedAndNothingElse()
    {
        var grey = Enumerable.Repeat(0.5f, (int)Shape.VoxelCount).ToArray();
        var visible = Enumerable.Repeat(1f, (int)Shape.VoxelCount).ToArray();
        for (int h = 0; h < 12; h++)
            visible[Shape.Index(2, h, 0)] = 0;
        var slice = new PatchSlice(Shape, new Spacing(1, 1, 1), SlicePlane.Axial, new SlicePosition(2, 0, 0), 160);
        var image = slice.Grey(grey);
        slice.Tint(image, visible, new Rgb(0, 0, 255));
        Assert.True(image[image.Width - 3, 40].B > image[image.Width - 3, 40].R + 50);
        Assert.Equal(image[3, 40].R, image[3, 40].B);
    }

    [Fact]
    public void AGalleryTakesABatch()
    {
        using var images = torch.arange(24).to_type(torch.ScalarType.Float32).reshape(2, 1, 2, 2, 3) / 24;
        var gallery = PatchGallery.Of(images, captions: ["a", "b"]);
        Assert.Equal(["a", "b"], gallery.Patches.Select(p => p.Caption));
        Assert.Equal(new VolumeShape(2, 2, 3), gallery.Patches[1].Shape);
        Assert.Equal(13f / 24, gallery.Patches[1].Intensities[1], 1e-6);
        using var twoChannels = torch.zeros([2, 2, 2, 2, 3]);
        Assert.Throws<OptionException>(() => PatchGallery.Of(twoChannels));
        Assert.Throws<OptionException>(() => PatchGallery.Of(images, twoChannels));
        Assert.Throws<OptionException>(() => PatchGallery.Of(images, captions: ["one"]));
    }
}
