using System.Diagnostics;
using System.IO.Compression;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;
using Screener.Randomness;

namespace Screener.Tests.Imaging.Nifti;

/// <summary>
/// Damaged files either read as a volume that its header allows or end in a ScreenerException. Bounds, for each file:
/// memory at most four times what its bytes can unpack to (a byte becomes a float), and 1 MiB; five seconds of a processor
/// (it is less than a millisecond).
/// </summary>
public sealed class NiftiFuzzTests : IDisposable
{
    private const int Files = 12_000;

    private static readonly float[] OddSingles =
        [0, -0f, 1, -1, 0.5f, 351, 352, 353, 400, 1e6f, 1e9f, 1e30f, float.MaxValue, float.Epsilon, float.NaN, float.PositiveInfinity,
            float.NegativeInfinity];

    private static readonly short[] OddShorts = [0, 1, -1, 2, 3, 4, 5, 7, 8, 16, 64, 100, 255, 256, 512, 1024, 1280, 1536, 20000,
        short.MaxValue, short.MinValue];

    private static readonly short[] Types = [2, 4, 8, 16, 64, 256, 512, 768, 1024, 1280];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void DamagedFilesEndInTypedErrors()
    {
        var random = new RandomStream(20250212);
        var reader = new NiftiVolumeReader();
        string path = _folder["damaged.nii"];
        int read = 0, refused = 0;
        long largest = 0;
        var messages = new HashSet<string>();
        var total = Stopwatch.StartNew();
        for (int i = 0; i < Files; i++)
        {
            byte[] bytes = Damaged(random);
            File.WriteAllBytes(path, bytes);
            bool isGzipped = bytes is [0x1f, 0x8b, ..];
            long allowed = (4L * bytes.Length * (isGzipped ? 1032 : 1)) + (1 << 20);
            long before = GC.GetAllocatedBytesForCurrentThread();
            var began = ProcessorTime.OfThread;
            try
            {
                int voxels = (i % 3) switch
                {
                    0 => Check(reader.Read(path, VolumeReadOptions.Default)),
                    1 => NiftiVolumeReader.ReadLabels(path).Voxels.Length,
                    _ => NiftiVolumeReader.ReadMap(path).Voxels.Length,
                };
                Assert.True(voxels > 0);
                read++;
            }
            catch (ScreenerException e)
            {
                refused++;
                messages.Add(e.Found[..Math.Min(12, e.Found.Length)]);
            }

            long memory = GC.GetAllocatedBytesForCurrentThread() - before;
            largest = Math.Max(largest, memory);
            Assert.True(memory <= allowed, $"file {i}: {memory} bytes for a file of {bytes.Length}");
            Assert.True(ProcessorTime.OfThread - began <= TimeSpan.FromSeconds(5), $"file {i}: {ProcessorTime.OfThread - began}");
        }

        // The damage must be neither harmless nor always the same.
        Assert.True(
            read > Files / 20 && refused > Files / 3 && messages.Count > 20, $"{read} read, {refused} refused, {messages.Count} kinds");
        TestContext.Current.SendDiagnosticMessage(
            $"{read} read, {refused} refused in {messages.Count} ways, at most {largest} bytes, {total.Elapsed.TotalSeconds:0.0} s");

        static int Check(CtVolume volume)
        {
            Assert.DoesNotContain(volume.Voxels, v => !float.IsFinite(v));
            return volume.Voxels.Length;
        }
    }

    /// <summary>A megabyte of gzip that unpacks to one gigabyte of bytes would be four of numbers.</summary>
    [Fact]
    public void AGzipBombIsRefusedBeforeItIsUnpacked()
    {
        var file = NiftiBytes.Small(bigEndian: false);
        file.Int16(70, 2, 8).Int16(42, 1000, 1000, 600);
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(file.Bytes.AsSpan(0, 352));
            var zeros = new byte[1 << 20];
            for (int i = 0; i < 573; i++)
                gzip.Write(zeros);
        }

        string path = _folder["bomb.nii.gz"];
        File.WriteAllBytes(path, packed.ToArray());
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<VolumeFormatException>(() => new NiftiVolumeReader().Read(path, VolumeReadOptions.Default));
        Assert.Contains("packed beyond", error.Message);
        Assert.Contains("packed beyond", Assert.Throws<VolumeFormatException>(() => NiftiVolumeReader.ReadMap(path)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static byte[] Damaged(RandomStream random)
    {
        var file = NiftiBytes.Small(bigEndian: random.Chance(0.5));
        short type = Types[random.NextInt(Types.Length)];
        int size = type switch { 2 or 256 => 1, 4 or 512 => 2, 8 or 16 or 768 => 4, _ => 8 };
        file.Int16(70, type, (short)(8 * size));
        var voxels = new byte[24 * size];
        for (int i = 0; i < voxels.Length; i++)
            voxels[i] = (byte)random.NextInt(random.Chance(0.5) ? 2 : 256);
        file.Bytes = [.. file.Bytes[..352], .. voxels];
        if (random.Chance(0.3))
            file.Int16(252, 1, 0).Single(256, 0.5f, 0.5f, 0.5f);

        int fields = random.NextInt(4);
        for (int i = 0; i < fields; i++)
            ChangeField(file, random);
        byte[] bytes = file.Bytes;
        if (random.Chance(0.3))
            Flip(bytes, 0, random);
        if (random.Chance(0.15))
            bytes = bytes[..random.NextInt(bytes.Length + 1)];
        if (random.Chance(0.1))
            bytes = [.. bytes, .. new byte[random.NextInt(4000)]];
        if (random.Chance(0.4))
        {
            bytes = NiftiBytes.Gzip(bytes);
            if (random.Chance(0.5))
                Flip(bytes, 2, random);
            if (random.Chance(0.2))
                bytes = bytes[..random.NextInt(bytes.Length + 1)];
        }

        return bytes;
    }

    private static void ChangeField(NiftiBytes file, RandomStream random)
    {
        short odd = OddShorts[random.NextInt(OddShorts.Length)];
        float single = OddSingles[random.NextInt(OddSingles.Length)];
        switch (random.NextInt(9))
        {
            case 0: file.Int16(40 + (2 * random.NextInt(8)), odd); break;
            case 1: file.Int16(42 + (2 * random.NextInt(3)), (short)(1 + random.NextInt(600)), (short)(1 + random.NextInt(600))); break;
            case 2: file.Int16(70 + (2 * random.NextInt(2)), odd); break;
            case 3: file.Single(76 + (4 * random.NextInt(4)), single); break;
            case 4: file.Single(108 + (4 * random.NextInt(3)), single); break;
            case 5: file.Int16(252 + (2 * random.NextInt(2)), odd); break;
            case 6: file.Single(256 + (4 * random.NextInt(18)), single); break;
            case 7: file.Bytes[123] = (byte)random.NextInt(256); break;
            default: file.Bytes[344 + random.NextInt(8)] = (byte)random.NextInt(256); break;
        }
    }

    private static void Flip(byte[] bytes, int from, RandomStream random)
    {
        int flips = bytes.Length > from ? 1 + random.NextInt(8) : 0;
        for (int i = 0; i < flips; i++)
            bytes[from + random.NextInt(bytes.Length - from)] ^= (byte)(1 << random.NextInt(8));
    }
}
