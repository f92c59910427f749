using Screener.Conditions;
using Screener.Errors;
using Screener.Imaging;
using Screener.Interactive.Lessons;
using Screener.Models;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Randomness;
using static TorchSharp.torch;

namespace Screener.Tests.Interactive.Lessons;

[Collection(TorchCollection.Name)]
public sealed class PlacesTests
{
    private static readonly VolumeShape Crop = new(16, 16, 16);

    [Fact]
    public void FeaturesAreThoseOfTheNetworkInTheCropAtTheVoxel()
    {
        PreparedPhantom[] patients = [Patient("a", 1), Patient("b", 2)];
        var places = Places.Draw(patients, Crop, 3, 20, new RandomStream(5));
        Assert.InRange(places.Count, 60, 120);
        using var network = Trained(new DescriptorModel(Network, new RandomStream(1)));
        var rows = places.Of(network, CPU);
        var onTheOther = places.Of(network, CPU, [patients[1].Volume, patients[0].Volume]);
        Assert.Equal((5, places.Count), (rows.Channels, rows.Count));
        for (int i = 0; i < places.Count; i += 13)
        {
            var place = places.All[i];
            Assert.Equal(At(network.forward, patients[place.Patient].Volume, place), rows[i].ToArray(), Close);
            Assert.Equal(At(network.forward, patients[1 - place.Patient].Volume, place), onTheOther[i].ToArray(), Close);
            var volume = patients[place.Patient].Volume;
            Assert.Equal(volume.Intensities[volume.Shape.Index(place.Voxel.D, place.Voxel.H, place.Voxel.W)], places.Intensities()[i][0]);
        }
    }

    [Fact]
    public void WhatAMaskHidesTheConditionDoesNotSee()
    {
        PreparedPhantom[] patients = [Patient("a", 1), Patient("b", 2)];
        var places = Places.Draw(patients, Crop, 2, 10, new RandomStream(5));
        using var network = Trained(new ConditionModel(Network, new RandomStream(1)));
        PreparedVolume[] swapped = [patients[1].Volume, patients[0].Volume];
        float[] Nothing(PreparedPhantom patient, (int D, int H, int W) origin) => new float[Crop.CheckedLength()];
        Assert.Equal(places.Of(network, CPU, null, Nothing).Values, places.Of(network, CPU, swapped, Nothing).Values);
        Assert.NotEqual(places.Of(network, CPU).Values, places.Of(network, CPU, swapped).Values);
    }

    [Fact]
    public void AnatomicalPositionsAreReadLikeConditions()
    {
        PreparedPhantom[] patients = [Patient("a", 1), Patient("b", 2)];
        var places = Places.Draw(patients, Crop, 2, 10, new RandomStream(5));
        using var network = Trained(new AnatomicalEmbeddingModel(Network with { DescriptorChannels = 3 }, new RandomStream(1)));
        var rows = places.Of(network, CPU);
        Assert.Equal((3, places.Count), (rows.Channels, rows.Count));
        for (int i = 0; i < places.Count; i += 7)
        {
            var (patient, crop, voxel) = (patients[places.All[i].Patient], places.All[i].Crop, places.All[i].Voxel);
            var values = new float[Crop.CheckedLength()];
            VolumePatch.Copy(patient.Volume, crop, Crop, values);
            float[] at = [voxel.D - crop.D, voxel.H - crop.H, voxel.W - crop.W];
            Assert.Equal(At(network.forward, patient.Volume, places.All[i]), rows[i].ToArray(), Close);
            Assert.Equal(rows[i].ToArray(), FeatureRows.At(network, CPU, Crop, values, at)[0].ToArray(), Close);
        }
    }

    [Fact]
    public void AConditionIsAskedWithWhereTheCropLies()
    {
        PreparedPhantom[] patients = [Patient("a", 1), Patient("b", 2)];
        var places = Places.Draw(patients, Crop, 3, 20, new RandomStream(5));
        var rows = places.Of(new Where(), CPU, new VolumeShape(3, 2, 4));
        Assert.Equal((4, places.Count), (rows.Channels, rows.Count));
        for (int i = 0; i < places.Count; i++)
        {
            // The pooled position whose window holds the voxel; the last one where 16 is no multiple of the kernel.
            var ((d, h, w), crop) = (places.All[i].Voxel, places.All[i].Crop);
            double[] wanted = [Math.Min((d - crop.D) / 3, 4), (h - crop.H) / 2, (w - crop.W) / 4, crop.D + crop.H + crop.W];
            Assert.Equal(wanted, rows[i].ToArray().Select(v => (double)v));
        }

        Assert.Contains(
            "none", Assert.Throws<OptionException>(() => places.Of(new NoCondition(), CPU, new VolumeShape(2, 2, 2))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void PlacesAtLesionsAreInThem()
    {
        var patient = Patient("a", 1);
        foreach (int voxel in new[] { 7000, 7001, 7024, 7025 })
            patient.Lesions.Voxels[voxel] = 1;
        var places = Places.DrawAtLesions([patient], Crop, 2, 3, new RandomStream(5));
        Assert.Equal(6, places.Count);
        Assert.All(places.All, p => Assert.Equal((true, (byte)1), (p.InLesion, patient.Lesions[p.Voxel.D, p.Voxel.H, p.Voxel.W])));
        Assert.Contains(
            "without a lesion",
            Assert.Throws<OptionException>(() => Places.DrawAtLesions([Patient("b", 2)], Crop, 2, 6, new RandomStream(5))).Message);
    }

    [Fact]
    public void HidingALesionHidesItsNeighboursToo()
    {
        var patient = Patient("a", 1);
        patient.Lesions.Voxels[patient.Volume.Shape.Index(10, 11, 12)] = 1;
        var mask = Places.LesionsHidden(Crop, 2)(patient, (4, 8, 8));
        for (int i = 0; i < mask.Length; i++)
        {
            int d = (i / 256) + 4, h = (i / 16 % 16) + 8, w = (i % 16) + 8;
            bool near = Math.Abs(d - 10) <= 2 && Math.Abs(h - 11) <= 2 && Math.Abs(w - 12) <= 2;
            Assert.Equal(near ? 0 : 1, mask[i]);
        }
    }

    [Fact]
    public void PlacesLieInTheBody()
    {
        var patient = Patient("a", 1);
        patient.Organs.Voxels.AsSpan(0, 20 * 24 * 24).Clear();
        var places = Places.Draw([patient], Crop, 8, 10, new RandomStream(5));
        Assert.All(places.All, p => Assert.InRange(p.Voxel.D, 20, 23));
        Assert.All(places.All, p => Assert.InRange(places.Relative(p).Up, 20 / 24.0, 1));
        patient.Organs.Voxels.AsSpan().Clear();
        Assert.Throws<OptionException>(() => Places.Draw([patient], Crop, 8, 10, new RandomStream(5)));
    }

    private static UNetOptions Network => UNetOptions.Quick with { Channels = [4, 8], Depths = [1, 1], DescriptorChannels = 5 };

    private static T Trained<T>(T network)
        where T : nn.Module
    {
        network.eval();
        return network;
    }

    private static bool Close(float a, float b) => Math.Abs(a - b) < 1e-4f;

    private static float[] At(Func<Tensor, Tensor> network, PreparedVolume volume, Place place)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var crop = new float[Crop.CheckedLength()];
        VolumePatch.Copy(volume, place.Crop, Crop, crop);
        var map = network(tensor(crop, [1, 1, Crop.Depth, Crop.Height, Crop.Width]));
        return [.. Enumerable.Range(0, (int)map.shape[1]).Select(
            c => map[0, c, place.Voxel.D - place.Crop.D, place.Voxel.H - place.Crop.H, place.Voxel.W - place.Crop.W].item<float>())];
    }

    private static PreparedPhantom Patient(string name, ulong seed)
    {
        var shape = new VolumeShape(24, 24, 24);
        var grid = new VolumeGrid(shape, Affine.Canonical(new Spacing(3, 3, 3)));
        var random = new RandomStream(seed);
        float[] values = [.. Enumerable.Range(0, shape.CheckedLength()).Select(_ => (float)random.NextDouble())];
        var organs = new byte[values.Length];
        Array.Fill(organs, (byte)PhantomOrgan.Liver);
        return new PreparedPhantom(
            name, seed, Pathology.LiverTumours, new PreparedVolume(grid, values, grid), new LabelVolume(grid, organs),
            new LesionMask(grid, new byte[values.Length]));
    }

    // Says the pooled position, and where the crop lies.
    private sealed record Where : Condition
    {
        public override string Name => "where";

        public override int Channels => 4;

        public override Tensor Compute(Tensor images, PatchPlacement[] placements, long[] poolKernel)
        {
            using var scope = NewDisposeScope();
            long[] size = [1, images.shape[2] / poolKernel[0], images.shape[3] / poolKernel[1], images.shape[4] / poolKernel[2]];
            var axes = Enumerable.Range(1, 3).Select(axis =>
            {
                long[] along = [1, 1, 1, 1];
                along[axis] = size[axis];
                return arange(size[axis], ScalarType.Float32).view(along).expand(size);
            });
            return stack([.. placements.Select(p => cat([.. axes, full(size, (float)(p.D + p.H + p.W))], 0))], 0).MoveToOuterDisposeScope();
        }
    }
}
