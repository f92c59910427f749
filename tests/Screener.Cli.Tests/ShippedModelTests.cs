using System.Security.Cryptography;
using Screener.Errors;
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
