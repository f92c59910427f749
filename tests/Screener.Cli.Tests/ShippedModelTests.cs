using System.Security.Cryptography;
using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Phantoms;
using Screener.Runtime;
using Screener.Storage;
using Screener.Training;

namespace Screener.Cli.Tests;

[Collection(TorchCollection.Name)]
public sealed class ShippedModelTests
{
    [Fact]
    public void TheShippedModelHasItsChecksumBesideIt()
    {
        string model = DefaultModel.Resolve(null);
        Assert.Equal(
            $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(model)))}  quick.screener\n",
            File.ReadAllText(TensorArchive.ChecksumOf(model)));
    }

    [Fact]
    public void WithoutItsChecksumItIsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder["quick.screener"];
        Assert.StartsWith("--model: ", Assert.Throws<MissingInputException>(() => DefaultModel.Shipped(path)).Message);
        File.WriteAllText(path, "");
        Assert.StartsWith(
            TensorArchive.ChecksumOf(path) + ": nothing there",
            Assert.Throws<MissingInputException>(() => DefaultModel.Shipped(path)).Message);
        File.WriteAllText(TensorArchive.ChecksumOf(path), "");
        Assert.Equal(path, DefaultModel.Shipped(path));
    }

    /// <summary>
    /// A score says how rare it is. The calibration's patients are phantoms and real ones, some of them ill; on healthy phantoms that
    /// nothing has seen the rate is that one within a factor of two.
    /// </summary>
    [Fact]
    [Trait("Category", "Long")]
    public async Task TheStatedRateIsTheObservedOne()
    {
        using var folder = new TemporaryFolder();
        await CommandLine.RunAsync("phantom", "--out", folder["ph"], "--cohort", "train", "--cases", "10", "--seed", "90000");
        var cohort = new PhantomTestCohort(CohortManifest.Read(folder["ph/train"]));
        using var model = ScreenerModel.Load(DefaultModel.Resolve(null), ComputeOptions.Default);
        var ensemble = model.Methods(["ensemble"])[0];
        var healthy = Enumerable.Range(0, 10).Select(i => cohort.Read(i)).Where(c => c.Lesions.Count == 0);
        var rates = healthy.Select(patient =>
        {
            var scan = PatientScan.Of(patient.Ct, ComputeOptions.Default);
            var map = ensemble.Map(scan);
            return new[] { 2, 3 }.Select(t => Part(map, scan.Body, t)).ToArray();
        }).ToList();
        Assert.InRange(rates.Count, 9, 10);
        foreach (var (t, stated) in new[] { (0, 0.01), (1, 0.001) })
            Assert.InRange(rates.Average(r => r[t]), stated / 2, stated * 2);

        static double Part(AnomalyMap map, BodyMask body, double threshold)
        {
            long above = 0;
            for (int i = 0; i < map.Voxels.Length; i++)
                above += body.Voxels[i] != 0 && map.Voxels[i] > threshold ? 1 : 0;
            return (double)above / body.Count;
        }
    }

    [Fact]
    public void AnotherModelInItsPlaceIsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder["m.screener"];
        TensorArchive.Write(path, new { format = "x" }, []);
        using (TensorArchive.Read(path))
            File.WriteAllText(
                TensorArchive.ChecksumOf(path), $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))}  m.screener\n");
        TensorArchive.Read(path).Dispose();
        TensorArchive.Write(folder["other"], new { format = "y" }, []);
        File.Copy(folder["other"], path, overwrite: true);
        Assert.Contains("SHA-256", Assert.Throws<ModelFileException>(() => TensorArchive.Read(path)).Message);

        // What is trained to that place has no business with the checksum of what was there.
        TensorArchive.Write(path, new { format = "z" }, []);
        TensorArchive.Read(path).Dispose();
    }
}
