using System.Text;
using Screener.Datasets;
using Screener.Errors;
using Screener.Randomness;

namespace Screener.Tests.Imaging.Stored;

/// <summary>Damaged MetaImage and NRRD files are read as their headers allow, or end in a ScreenerException, in bounded memory.</summary>
public sealed class TextHeaderFuzzTests : IDisposable
{
    private static readonly string[] Headers =
    [
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\nCompressedData = False\n"
            + "TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 1 1 1\nDimSize = 4 4 4\nElementType = MET_SHORT\n"
            + "ElementDataFile = LOCAL\n",
        "NRRD0004\ntype: int16\ndimension: 3\nspace: left-posterior-superior\nsizes: 4 4 4\n"
            + "space directions: (1,0,0) (0,1,0) (0,0,1)\nkinds: domain domain domain\nendian: little\nencoding: raw\n"
            + "space origin: (0,0,0)\n\n",
    ];

    private static readonly string[] Odd =
    [
        "", " ", "-1", "0", "1e309", "nan", "99999999999", "2147483647", "True", "(", ")", ",", "none", "=", ":", ":=", "\n", "\0",
        "\u202e", "LOCAL", "LIST", "..", "MET_DOUBLE", "gzip", "double", "4", "3",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void DamagedFilesEndInTypedErrors()
    {
        var random = new RandomStream(16);
        var readers = CtReaders.All(1);
        int read = 0, refused = 0;
        for (int i = 0; i < 6000; i++)
        {
            byte[] header = Encoding.Latin1.GetBytes(Damaged(Headers[i % 2], random));
            byte[] voxels = new byte[random.Chance(0.7) ? 128 : random.NextInt(600)];
            string path = _folder[i % 2 == 0 ? "ct.mha" : "ct.nrrd"];
            File.WriteAllBytes(path, [.. header, .. voxels]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                var ct = readers.Read(path);
                Assert.Equal(ct.Shape.VoxelCount, ct.Voxels.Length);
                read++;
            }
            catch (ScreenerException e)
            {
                Assert.DoesNotContain('\n', e.Message);
                refused++;
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        }

        Assert.True(read > 300 && refused > 1500, $"{read} read, {refused} refused");
    }

    private static string Damaged(string header, RandomStream random)
    {
        for (int times = 1 + random.NextInt(2); times > 0 && header.Length > 0; times--)
        {
            string[] words = header.Split(' ');
            int at = random.NextInt(words.Length), from = random.NextInt(header.Length);
            header = random.NextInt(5) switch
            {
                0 => string.Join(' ', words.Select((w, i) => i == at ? Odd[random.NextInt(Odd.Length)] : w)),
                1 => string.Join(' ', words.Where((_, i) => i != at)),
                2 => header[..from],
                3 => header[..from] + (char)random.NextInt(256) + header[(from + 1)..],
                _ => string.Join(' ', words.Select((w, i) => i == at ? w + Odd[random.NextInt(Odd.Length)] : w)),
            };
        }

        return header;
    }
}
