using System.Globalization;
using System.IO.Compression;
using Screener.Datasets;
using Screener.Imaging;

namespace Screener.Tests.Imaging.Stored;

/// <summary>
/// itk-files.zip was written by ITK 5.2: MetaImage and NRRD of every voxel type, packed and not, attached and not, in three directions;
/// expected.tsv has, in LPS mm as ITK computes them, the places of voxels (0, 0, 0), (2, 0, 0), (0, 3, 0) and (0, 0, 4). Voxel (x, y, z)
/// is x + 5 y + 25 z.
/// </summary>
public sealed class ItkFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public ItkFilesTests() => ZipFile.ExtractToDirectory(
        Path.Combine(RepositoryFolder.Find(), "tests", "Screener.Tests", "Imaging", "Stored", "itk-files.zip"), _folder["."]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AreReadAsItkReadsThem()
    {
        string[] lines = File.ReadAllLines(_folder["expected.tsv"]);
        Assert.Equal(64, lines.Length);
        var readers = CtReaders.All(1);
        foreach (string[] line in lines.Select(l => l.Split('\t')))
        {
            var ct = readers.Read(_folder[line[0]]);
            Assert.Equal(new VolumeShape(5, 4, 3), ct.Shape);
            Assert.Empty(ct.Notes);
            double[] numbers = [.. line.Skip(1).Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
            (int D, int H, int W)[] corners = [(0, 0, 0), (0, 0, 2), (0, 3, 0), (4, 0, 0)];
            foreach (var (at, place) in corners.Zip(numbers.Chunk(3)))
            {
                // ITK says left and back, Screener right and front.
                var (x, y, z) = ct.Grid.Affine.ToWorld(at.D, at.H, at.W);
                Assert.Equal(-place[0], x, 1e-3);
                Assert.Equal(-place[1], y, 1e-3);
                Assert.Equal(place[2], z, 1e-3);
            }

            var labels = VolumeFiles.ReadLabels(_folder[line[0]]);
            for (int d = 0; d < 5; d++)
            {
                for (int h = 0; h < 4; h++)
                {
                    for (int w = 0; w < 3; w++)
                    {
                        Assert.Equal(w + (5 * h) + (25 * d), ct[d, h, w]);
                        Assert.Equal(w + (5 * h) + (25 * d), labels[d, h, w]);
                    }
                }
            }
        }
    }
}
