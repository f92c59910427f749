using System.Buffers.Binary;
using System.IO.Compression;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Randomness;
using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Damaged files: whatever the damage, the answer is a slice or a typed error, in little memory and time.</summary>
public sealed class DicomFuzzTests
{
    private const int Rows = 16, Columns = 17;

    // All files here are below 8 KB. Deflate (1000-fold) and RLE (64-fold, then floats) are the largest honest expansions.
    private const long MaxBytesAllocated = 24 << 20;

    private static readonly byte[][] Corpus = [.. MakeCorpus()];

    private static IEnumerable<byte[]> MakeCorpus()
    {
        var random = new RandomStream(11);
        ushort[] samples = [.. Enumerable.Range(0, Rows * Columns).Select(i => (ushort)((i % Columns * 9) + random.NextInt(40)))];
        byte[] Nested(B b) =>
        [
            .. b.Header(0x0008_1140, "SQ", uint.MaxValue, []), .. b.Header(0xFFFE_E000, "", uint.MaxValue, []),
            .. b.Header(0x0009_1001, "UN", uint.MaxValue, []), .. b.Header(0xFFFE_E000, "", 4, [1, 2, 3, 4]),
            .. b.Header(0xFFFE_E0DD, "", 0, []),
            .. b.Header(0xFFFE_E00D, "", 0, []), .. b.Header(0xFFFE_E0DD, "", 0, []),
        ];
        foreach (string syntax in new[] { B.ImplicitLittle, B.ExplicitLittle, B.BigEndian, B.Deflated })
        {
            yield return new B(Rows, Columns)
            {
                Syntax = syntax,
            }.Pixels16(samples).Raw(0x0008_1140, Nested).Word(0x0028_0120, 63536).ToBytes();
            if (syntax != B.Deflated)
                yield return new B(Rows, Columns) { Syntax = syntax, Bare = true }.Pixels16(samples).ToBytes();
        }

        yield return new B(Rows, Columns) { Syntax = B.Rle }.Fragments(true, RleDecoderTests.Encode(samples, 2, random)).ToBytes();
        yield return new B(Rows, Columns) { Syntax = B.Rle }.Word(0x0028_0100, 8).Word(0x0028_0101, 8).Word(0x0028_0102, 7)
            .Fragments(false, RleDecoderTests.Encode(samples, 1, random)).ToBytes();
        foreach (var (predictor, transform, restart, longCodes) in new[] { (1, 0, 0, false), (4, 0, 0, true), (6, 2, 3, false),
            (7, 0, 1, true) })
        {
            byte[] jpeg = JpegLosslessEncoder.Encode(samples, Rows, Columns, 16, predictor, transform, restart, longCodes);
            yield return new B(Rows, Columns)
            {
                Syntax = predictor == 1 ? B.Jpeg70 : B.Jpeg57,
            }.Fragments(restart == 0, [.. jpeg.Chunk(200)]).ToBytes();
        }
    }

    private static byte[] Damage(RandomStream random)
    {
        byte[] bytes = (byte[])Corpus[random.NextInt(Corpus.Length)].Clone();
        // The first bytes are a preamble that nobody reads: damage mostly goes behind it.
        int At() => random.Chance(0.05)
            ? random.NextInt(bytes.Length)
            : Math.Min(bytes.Length - 1, 128 + random.NextInt(Math.Max(1, bytes.Length - 128)));
        int Pixels() => Math.Max(0, bytes.Length - 1 - random.NextInt(600));
        for (int n = 1 + random.NextInt(3); n > 0; n--)
        {
            switch (random.NextInt(9))
            {
                case 0:
                    for (int i = 1 + random.NextInt(20); i > 0; i--)
                        bytes[At()] ^= (byte)(1 << random.NextInt(8));
                    break;
                case 1:
                    bytes = bytes[..(1 + random.NextInt(bytes.Length))];
                    break;
                case 2:
                    uint[] extremes = [0, 1, 2, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF,
                        (uint)bytes.Length];
                    int at = Math.Min(At(), bytes.Length - 4);
                    if (at >= 0)
                        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), extremes[random.NextInt(extremes.Length)]);
                    break;
                case 3:
                    int cut = At();
                    bytes = [.. bytes[..cut], .. bytes[Math.Min(bytes.Length, cut + 1 + random.NextInt(40))..]];
                    break;
                case 4:
                    bytes = [.. bytes[..At()], .. Corpus[random.NextInt(Corpus.Length)][(At() % 200)..]];
                    break;
                case 5:
                    for (int i = 1 + random.NextInt(8); i > 0; i--)
                        bytes[Pixels()] = (byte)random.NextInt(256);
                    break;
                case 6:
                    byte[] tag = [0xFE, 0xFF, (byte)(random.Chance(0.5) ? 0 : 0xDD), 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
                    int here = At();
                    bytes = [.. bytes[..here], .. Enumerable.Repeat(tag, 1 + random.NextInt(300)).SelectMany(t => t), .. bytes[here..]];
                    break;
                case 7:
                    Overwrite(bytes, random);
                    break;
                default:
                    int from = At(), to = At();
                    int length = Math.Min(1 + random.NextInt(60), bytes.Length - Math.Max(from, to));
                    bytes.AsSpan(from, length).CopyTo(bytes.AsSpan(to));
                    break;
            }

            if (bytes.Length == 0)
                bytes = [0];
        }

        return bytes;
    }

    // Rows, Columns, BitsAllocated, ..., PixelRepresentation: whatever the syntax, their tags are easy to find.
    private static void Overwrite(byte[] bytes, RandomStream random)
    {
        byte[][] tags = [[0x28, 0, 0x10, 0], [0x28, 0, 0x11, 0], [0x28, 0, 0, 1], [0x28, 0, 1, 1], [0x28, 0, 2, 1], [0, 0x28, 0, 0x10],
            [0, 0x28, 0, 0x11]];
        int at = bytes.AsSpan().IndexOf(tags[random.NextInt(tags.Length)]);
        ushort[] values = [0, 1, 8, 16, 17, 255, 32768, 65535];
        if (at >= 0 && at + 10 <= bytes.Length)
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at + 8), values[random.NextInt(values.Length)]);
    }

    [Fact]
    public void TwelveThousandDamagedFilesGiveSlicesOrTypedErrors()
    {
        int read = 0, refused = 0;
        var began = ProcessorTime.OfThread;
        for (int n = 0; n < 12_000; n++)
        {
            byte[] bytes = Damage(new RandomStream(20_260).Fork((ulong)n));
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                B.Decode(bytes);
                read++;
            }
            catch (ScreenerException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                refused++;
            }
            catch (Exception error)
            {
                Assert.Fail($"file {n}: {error}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MaxBytesAllocated, $"file {n} of {bytes.Length} bytes took {allocated} bytes");
        }

        Assert.True(ProcessorTime.OfThread - began < TimeSpan.FromSeconds(60), $"it took {ProcessorTime.OfThread - began}");
        // A fuzzer that never gets past the header, or never breaks anything, would prove nothing.
        Assert.InRange(read, 1_000, 11_000);
        Assert.InRange(refused, 1_000, 11_000);
    }

    [Fact]
    public void FoldersAndZipsWithDamageGiveVolumesOrTypedErrors()
    {
        using var folder = new TemporaryFolder();
        var reader = new DicomSeriesReader(2);
        string[] names = ["a.dcm", "b", "c"];
        byte[][] slices = [
            .. names.Select((_, i) => new B().Text(0x0008_0018, "UI", $"1.2.3.{i}").Text(0x0020_0032, "DS", $"0\\0\\{i}").ToBytes())];
        using var memory = new MemoryStream();
        using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (int i = 0; i < names.Length; i++)
            {
                using var entry = zip.CreateEntry(names[i]).Open();
                entry.Write(slices[i]);
            }
        }

        byte[] whole = memory.ToArray();
        int read = 0;
        for (int n = 0; n < 600; n++)
        {
            var random = new RandomStream(7).Fork((ulong)n);
            string path = folder.FullName;
            if (n % 2 == 0)
            {
                for (int i = 0; i < names.Length; i++)
                    File.WriteAllBytes(folder[names[i]], i == n / 2 % 3 ? Damage(random) : slices[i]);
                File.Delete(folder["d.zip"]);
            }
            else
            {
                byte[] zip = random.Chance(0.2) ? whole[..random.NextInt(whole.Length)] : (byte[])whole.Clone();
                for (int i = 1 + random.NextInt(4); i > 0 && zip.Length > 0; i--)
                    zip[random.Chance(0.4) ? zip.Length - 1 - random.NextInt(Math.Min(zip.Length, 220)) : random.NextInt(zip.Length)] =
                        (byte)random.NextInt(256);
                File.WriteAllBytes(path = folder["d.zip"], zip);
            }

            try
            {
                reader.CanRead(path);
                reader.Read(path, VolumeReadOptions.Default, cancellation: TestContext.Current.CancellationToken);
                read++;
            }
            catch (ScreenerException)
            {
                // A typed error is the other right answer.
            }
            catch (Exception error)
            {
                Assert.Fail($"case {n}: {error}");
            }
        }

        Assert.InRange(read, 20, 580);
    }

    /// <summary>What waits for ever, unpacks to much, or has no bottom, beside slices that are whole.</summary>
    [Fact]
    public async Task HostileThingsBesideSlicesGiveVolumesOrTypedErrorsInTime()
    {
        var reader = new DicomSeriesReader(2);
        byte[][] slices = [
            .. Enumerable.Range(0, 3).Select(i =>
                new B().Text(0x0008_0018, "UI", $"1.2.3.{i}").Text(0x0020_0032, "DS", $"0\\0\\{i}").ToBytes())];
        byte[] zeros = new byte[24 << 20];
        int read = 0;
        for (int n = 0; n < 48; n++)
        {
            using var folder = new TemporaryFolder();
            var random = new RandomStream(9).Fork((ulong)n);
            string path = folder["ct"];
            Directory.CreateDirectory(path);
            for (int i = 0; i < slices.Length; i++)
                File.WriteAllBytes(Path.Combine(path, $"s{i}"), slices[i]);
            for (int more = 1 + random.NextInt(2); more > 0; more--)
                Add(path, random);
            if (random.Chance(0.4))
                path = Zipped(path, folder["ct.zip"], random);
            long before = GC.GetTotalAllocatedBytes();
            try
            {
                await Task.Run(() => reader.Read(path, VolumeReadOptions.Default)).WaitAsync(TimeSpan.FromSeconds(60));
                read++;
            }
            catch (ScreenerException)
            {
                // A typed error is the other right answer.
            }

            Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 256 << 20);
        }

        Assert.InRange(read, 5, 43);

        void Add(string at, RandomStream random)
        {
            string place = Path.Combine(at, $"x{random.NextInt(1000)}");
            switch (random.NextInt(5))
            {
                case 0:
                    using (var made = System.Diagnostics.Process.Start("mkfifo", [place]))
                        made.WaitForExit();
                    break;
                case 1:
                    File.CreateSymbolicLink(place, place);
                    break;
                case 2:
                    Directory.CreateDirectory(Path.Combine([place, .. Enumerable.Repeat("d", 300)]));
                    break;
                case 3:
                    using (var zip = new ZipArchive(File.Create(place), ZipArchiveMode.Create))
                    using (var bomb = zip.CreateEntry("bomb").Open())
                        bomb.Write(zeros);
                    break;
                default:
                    File.WriteAllBytes(place, [.. slices[0][..132], .. zeros.AsSpan(0, 1 << 20)]);
                    break;
            }
        }

        // Some with two entries that are the same bytes of the file.
        static string Zipped(string at, string file, RandomStream random)
        {
            using var memory = new MemoryStream();
            using (var zip = new ZipArchive(memory, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var each in new DirectoryInfo(at).EnumerateFiles().Where(f => f.LinkTarget is null && f.Length > 0))
                    zip.CreateEntryFromFile(each.FullName, each.Name);
            }

            byte[] bytes = memory.ToArray();
            int first = bytes.AsSpan().IndexOf("PK\u0001\u0002"u8), last = bytes.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
            if (random.Chance(0.5))
                bytes.AsSpan(first + 42, 4).CopyTo(bytes.AsSpan(last + 42));
            File.WriteAllBytes(file, bytes);
            return file;
        }
    }

    [Fact]
    public void ADeflateBombStaysWithinItsBound()
    {
        using var deflated = new MemoryStream();
        using (var stream = new DeflateStream(deflated, CompressionLevel.Optimal))
        {
            var zeros = new byte[1 << 20];
            for (int i = 0; i < 130; i++)
                stream.Write(zeros);
        }

        byte[] head = new B { Syntax = B.Deflated, Trailer = [] }.ToBytes();
        int end = head.AsSpan().IndexOf("1.2.840.10008.1.2.1.99"u8) + 22;
        var error = Assert.Throws<VolumeFormatException>(() => B.Decode([.. head[..end], .. deflated.ToArray()]));
        Assert.Contains("bytes of deflated data that inflate to more than", error.Message);
    }
}
