using System.Buffers.Binary;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Phantoms;

namespace Screener.Tests.Imaging;

public sealed class HounsfieldCheckTests
{
    [Theory]
    [InlineData(-1024, 3000, 20, null)]
    [InlineData(-160, 240, 20, "No values below -160 and above 240 HU")]
    [InlineData(-1024, 400, 20, "No values above 400 HU")]
    [InlineData(-200, 3000, 20, "No values below -200 HU")]
    [InlineData(-1024, 3000, 1, "One slice")]
    public void WhatMayLeadAstrayIsNoted(float low, float high, int slices, string? mention)
    {
        var notes = HounsfieldCheck.Require(Body(low, high, slices));
        if (mention is null)
            Assert.Empty(notes);
        else
            Assert.Contains(mention, Assert.Single(notes));
    }

    [Fact]
    public void ValuesBeyondAnyScaleAreNoted()
    {
        var ct = Body(-1024, 3000, 20);
        ct.Voxels[77] = 62512;
        Assert.Contains("Values up to 62512 HU", Assert.Single(HounsfieldCheck.Require(ct)));
    }

    [Fact]
    public void NumbersThatNoCtHoldsAreRefused()
    {
        var ct = Body(-1024, 3000, 20);
        ct.Voxels[77] = 250_000;
        Assert.Contains("to 250000", Assert.Throws<VolumeFormatException>(() => HounsfieldCheck.Require(ct)).Message);

        // A slope of a million, which the NIfTI reader has to believe: not every NIfTI is a CT.
        using var folder = new TemporaryFolder();
        NiftiWriter.Write(folder["ct.nii"], Body(-1024, 3000, 20));
        byte[] bytes = File.ReadAllBytes(folder["ct.nii"]);
        BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(112), 1e6f);
        File.WriteAllBytes(folder["ct.nii"], bytes);
        var scaled = new NiftiVolumeReader().Read(folder["ct.nii"], VolumeReadOptions.Default);
        Assert.Throws<VolumeFormatException>(() => HounsfieldCheck.Require(scaled));
    }

    [Fact]
    public void APhantomHasNothingUnusual()
    {
        var phantom = PhantomGenerator.Generate(3, Pathology.LungNodules, PhantomOptions.Default, TestContext.Current.CancellationToken);
        Assert.Empty(HounsfieldCheck.Require(phantom.Volume));
    }

    [Fact]
    public void AVolumeWithoutRoomForABodyIsRefused()
    {
        var ct = Body(-1024, 3000, 20);
        var small = new CtVolume(ct.Grid with { Affine = Affine.Canonical(new Spacing(.5, .5, .5)) }, ct.Voxels, "mouse.nii");
        Assert.StartsWith(
            "mouse.nii: a volume of 10 x 32 x 32 mm", Assert.Throws<VolumeFormatException>(() => HounsfieldCheck.Require(small)).Message);
    }

    // Air around soft tissue with noise, a tenth of it bone, as a scanner's range, or a window, cuts it off.
    private static CtVolume Body(float low, float high, int slices)
    {
        var random = new Screener.Randomness.RandomStream(4);
        var grid = new VolumeGrid(new VolumeShape(slices, 64, 64), Affine.Canonical(new Spacing(5, 4, 4)));
        var voxels = new float[grid.Shape.CheckedLength()];
        for (int i = 0; i < voxels.Length; i++)
        {
            int h = (i / 64 % 64) - 32, w = (i % 64) - 32, r = (h * h) + (w * w);
            voxels[i] = Math.Clamp(MathF.Round((float)((r > 900 ? -1000 : r < 90 ? 900 : 40) + random.Uniform(-60, 60))), low, high);
        }

        return new CtVolume(grid, voxels, "body.nii");
    }
}
