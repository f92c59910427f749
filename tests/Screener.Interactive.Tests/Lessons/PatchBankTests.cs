using Screener.Imaging;
using Screener.Interactive.Lessons;
using Screener.Models;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Randomness;
using static TorchSharp.torch;

namespace Screener.Tests.Interactive.Lessons;

[Collection(TorchCollection.Name)]
public sealed class PatchBankTests
{
    private static readonly VolumeShape Crop = new(16, 16, 16);

    [Fact]
    public void AFeatureFindsThePlaceItWasTakenFrom()
    {
        var volume = Noise(24, 1);
        using var network = new DescriptorModel(
            UNetOptions.Quick with { Channels = [4, 8], Depths = [1, 1], DescriptorChannels = 5 }, new RandomStream(1));
        network.eval();
        var exact = new PreparedVolume(volume.Grid.Box(0, 0, 0, Crop), new float[Crop.CheckedLength()], volume.Grid);
        VolumePatch.Copy(volume, (0, 0, 0), Crop, exact.Intensities);

        // Of a volume as large as the crop there is one crop only.
        var bank = PatchBank.Draw([exact], network, CPU, Crop, new VolumeShape(2, 2, 2), 1, new RandomStream(3));
        Assert.Equal(64, bank.Count);
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var map = network.ForwardPooled(tensor(exact.Intensities, [1, 1, 16, 16, 16]), [2, 2, 2]);
        float[] wanted = [.. Enumerable.Range(0, 5).Select(c => map[0, c, 3, 4, 5].item<float>())];
        var patch = Assert.Single(bank.Nearest(wanted, 1, 4));
        Assert.Equal("distance 0.0", patch.Caption);
        Assert.Equal(PatchBank.Cut(exact, (6, 8, 10), 4, "").Intensities, patch.Intensities);
    }

    [Fact]
    public void APatchIsTheSliceAroundItsVoxelAndBlackOutside()
    {
        var volume = Noise(8, 2);
        var patch = PatchBank.Cut(volume, (3, 0, 7), 4, "p");
        Assert.Equal(new VolumeShape(1, 4, 4), patch.Shape);
        for (int h = 0; h < 4; h++)
        {
            for (int w = 0; w < 4; w++)
            {
                var (y, x) = (h - 2, 5 + w);
                Assert.Equal(y >= 0 && x < 8 ? volume.Intensities[volume.Shape.Index(3, y, x)] : 0, patch.Intensities[(h * 4) + w]);
            }
        }
    }

    [Fact]
    public void TheLesionLiesInTheMiddleOfItsCropAndRanksAboveTheRestOfTheSlice()
    {
        var volume = Noise(24, 3);
        var lesions = new byte[volume.Intensities.Length];
        lesions[volume.Shape.Index(12, 11, 13)] = 1;
        var organs = new byte[lesions.Length];
        Array.Fill(organs, (byte)PhantomOrgan.Liver);
        var patient = new PreparedPhantom(
            "p", 1, Pathology.LiverTumours, volume, new LabelVolume(volume.Grid, organs), new LesionMask(volume.Grid, lesions));
        var (origin, crop, lesion) = patient.LesionCrop(Crop);
        Assert.Equal((4, 3, 5), origin);
        Assert.Equal((8, 8, 8), lesion);
        Assert.Equal(volume.Intensities[volume.Shape.Index(12, 11, 13)], crop[Crop.Index(8, 8, 8)]);

        var slice = AxialSlice.OfLargestLesion(patient);
        Assert.Equal(12, slice.Depth);
        var scores = new float[lesions.Length];
        scores[volume.Shape.Index(12, 11, 13)] = 1;
        scores[volume.Shape.Index(12, 0, 0)] = 2;
        scores[volume.Shape.Index(13, 0, 0)] = 9;
        Assert.Equal(574.0 / 575, slice.Auroc(patient, scores), 9);
        Assert.Equal(576, slice.Region().Count(v => v == 1));
    }

    private static PreparedVolume Noise(int side, ulong seed)
    {
        var shape = new VolumeShape(side, side, side);
        var random = new RandomStream(seed);
        var grid = new VolumeGrid(shape, Affine.Canonical(new Spacing(3, 3, 3)));
        return new PreparedVolume(grid, [.. Enumerable.Range(0, shape.CheckedLength()).Select(_ => (float)random.NextDouble())], grid);
    }
}
