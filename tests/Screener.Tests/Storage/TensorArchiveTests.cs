using System.IO.Compression;
using Screener.Errors;
using Screener.Storage;
using Screener.Tests.Models;
using Screener.Training;
using static TorchSharp.torch;

namespace Screener.Tests.Storage;

[Collection(TorchCollection.Name)]
public sealed class TensorArchiveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryShapeComesBackAndNothingLeaks()
    {
        string path = _folder["a"];
        using var scalar = tensor(2.5f);
        using var empty = zeros(0, 3);
        using var turned = SmallNetworks.Random(1, 4, 5).t();
        TensorLeaks.Check(() =>
        {
            TensorArchive.Write(path, new { kind = "test" }, [("scalar", scalar), ("empty", empty), ("turned", turned)]);
            using var archive = TensorArchive.Read(path);
            Assert.Equal("test", archive.Header.GetProperty("kind").GetString());
            Assert.Equal(2.5f, archive.Tensor("scalar").item<float>());
            Assert.Equal(new long[] { 0, 3 }, archive.Tensor("empty").shape);
            Assert.Equal(0, SmallNetworks.MaximumDifference(turned, archive.Tensor("turned")));
            Assert.Throws<ModelFileException>(() => archive.Tensor("other"));
        });
    }

    // A zip bomb of zeros, an index that claims more or less than there is, a name twice.
    [Theory]
    [InlineData("[{\"name\":\"a\",\"shape\":[4]}]", 16, CompressionLevel.NoCompression, true)]
    [InlineData("[{\"name\":\"a\",\"shape\":[4096]}]", 16384, CompressionLevel.Optimal, false)]
    [InlineData("[{\"name\":\"a\",\"shape\":[5]}]", 16, CompressionLevel.NoCompression, false)]
    [InlineData("[{\"name\":\"a\",\"shape\":[3]}]", 16, CompressionLevel.NoCompression, false)]
    [InlineData("[{\"name\":\"a\",\"shape\":[-2,-2]}]", 16, CompressionLevel.NoCompression, false)]
    [InlineData("[{\"name\":\"a\",\"shape\":[4611686018427387904,4]}]", 16, CompressionLevel.NoCompression, false)]
    [InlineData("[{\"name\":\"a\",\"shape\":[2]},{\"name\":\"a\",\"shape\":[2]}]", 16, CompressionLevel.NoCompression, false)]
    [InlineData("[{\"name\":\"a\",\"shape\":[0,4611686018427387904,4611686018427387904]}]", 0, CompressionLevel.NoCompression, false)]
    [InlineData("[{\"name\":\"a\",\"shape\":[4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}]", 16, CompressionLevel.NoCompression, false)]
    [InlineData("[{\"name\":\"a\",\"shape\":[4]},null]", 16, CompressionLevel.NoCompression, false)]
    [InlineData("[{\"name\":null,\"shape\":[4]}]", 16, CompressionLevel.NoCompression, false)]
    [InlineData("[{\"name\":\"a\"}]", 16, CompressionLevel.NoCompression, false)]
    public void AnIndexThatDoesNotFitIsRefused(string index, int bytes, CompressionLevel level, bool valid)
    {
        string path = _folder["a"];
        using (var zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            foreach (var (name, content) in new[] { ("header.json", "{}"u8.ToArray()),
                ("tensors.json", System.Text.Encoding.UTF8.GetBytes(index)), ("tensors.bin", new byte[bytes]) })
            {
                using var stream = zip.CreateEntry(name, name == "tensors.bin" ? level : CompressionLevel.NoCompression).Open();
                stream.Write(content);
            }
        }

        if (valid)
            TensorArchive.Read(path).Dispose();
        else
            Assert.Throws<ModelFileException>(() => TensorArchive.Read(path));
    }

    /// <summary>A map of a network with such a weight would be empty, and nobody would see why.</summary>
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void NumbersThatAreNotFiniteAreRefusedByTheTensorsName(float number)
    {
        string path = _folder["a"];
        using var good = zeros(2, 3);
        using var bad = tensor(new float[] { 1, 2, number, 4 });
        TensorLeaks.Check(() =>
        {
            TensorArchive.Write(path, new { kind = "test" }, [("good", good), ("some.weight", bad)]);
            Assert.Contains("'some.weight'", Assert.Throws<ModelFileException>(() => TensorArchive.Read(path)).Message);
        });
    }

    // The state of the paper's training is 2.7 GB: networks, projector and two moments of each.
    [Fact]
    [Trait("Category", "Long")]
    public void MoreThanAnArrayHoldsIsReadBack()
    {
        string path = _folder["a"];
        using var block = SmallNetworks.Random(1, 1 << 12).repeat(1 << 14);
        TensorArchive.Write(path, new { }, Enumerable.Range(0, 9).Select(i => ($"{i}", block)));
        Assert.True(new FileInfo(path).Length > Array.MaxLength);
        using var archive = TensorArchive.Read(path);
        Assert.Equal(9, archive.Tensors.Count);
        Assert.All(archive.Tensors.Values, t => Assert.Equal(0, SmallNetworks.MaximumDifference(block, t)));
    }
}
