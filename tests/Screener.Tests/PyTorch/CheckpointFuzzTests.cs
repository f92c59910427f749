using System.Buffers.Binary;
using System.IO.Hashing;
using Screener.PyTorch;
using Screener.Errors;
using Screener.Randomness;
using TorchSharp;

namespace Screener.Tests.PyTorch;

/// <summary>Damaged files: whatever the damage, the answer is a network or a typed error, in little memory and time.</summary>
[Collection(TorchCollection.Name)]
public sealed class CheckpointFuzzTests(PythonCheckpoints files)
{
    private const int Files = 2800;
    private const string Instructions =
        ".(0N2KMJGX])}atesuqrhjcRbQ\u0080\u0081\u0092\u0085\u0086\u0087\u0088\u008a\u008b\u008c\u008d\u0093\u0094\u0095";

    // The files are below 60 KB.
    private const long MaxBytesAllocated = 8 << 20;

    [Fact]
    public void DamagedFilesGiveNetworksOrTypedErrors()
    {
        byte[][] corpus = [
            .. ((string[])["wide.pt", "plain.pt", "every2.pt", "every5.pt", "harmless.pt", "shared.pt", "evil0.pt",
                "state-beside3.pt"]).Select(n => File.ReadAllBytes(files[n]))];
        using var folder = new TemporaryFolder();
        string path = folder["damaged.pt"];
        int read = 0, opened = 0;
        var refused = new Dictionary<Type, int>();
        var began = ProcessorTime.OfThread;
        long tensors = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (int n = 0; n < Files; n++)
        {
            var random = new RandomStream(2502).Fork((ulong)n);
            byte[] whole = corpus[random.NextInt(corpus.Length)];
            byte[] bytes = random.Chance(0.5)
                ? Mended(Damage(whole, Pickle(whole), corpus, random))
                : Damage(whole, (0, whole.Length), corpus, random);
            File.WriteAllBytes(path, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using (var checkpoint = TorchCheckpoint.Open(path))
                {
                    opened++;
                    foreach (string name in checkpoint.Tensors.Keys.Take(3))
                        checkpoint.ReadFloats(name);
                }

                PublishedCheckpoint.ReadDescriptor(path).Network.Dispose();
                read++;
            }
            catch (ScreenerException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                refused[error.GetType()] = refused.GetValueOrDefault(error.GetType()) + 1;
            }
            catch (Exception error)
            {
                Assert.Fail($"file {n}: {error}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < MaxBytesAllocated, $"file {n} of {bytes.Length} bytes took {allocated} bytes");
        }

        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.InRange((ProcessorTime.OfThread - began).TotalSeconds, 0, 60);

        // A fuzzer that never gets past the header, or never breaks anything, would prove nothing.
        Assert.InRange(read, 20, Files / 2);
        Assert.InRange(opened, Files / 10, Files * 9 / 10);
        foreach (var kind in (Type[])[typeof(TorchFileException), typeof(RefusedGlobalException), typeof(StateDictException)])
            Assert.InRange(refused.GetValueOrDefault(kind), 20, Files);
    }

    // The pickle is the first entry: header of 30 bytes, name, padding, content.
    private static (int At, int Length) Pickle(byte[] zip)
    {
        int at = 30 + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(26)) + BinaryPrimitives.ReadUInt16LittleEndian(zip.AsSpan(28));
        int directory = zip.AsSpan().IndexOf("PK\u0001\u0002"u8);
        return (at, BinaryPrimitives.ReadInt32LittleEndian(zip.AsSpan(directory + 24)));
    }

    // The checksum of a damaged pickle put right, or nothing behind it would ever be reached.
    private static byte[] Mended(byte[] zip)
    {
        int directory = zip.AsSpan().IndexOf("PK\u0001\u0002"u8);
        if (directory < 0 || directory + 28 > zip.Length)
            return zip;
        var (at, length) = Pickle(zip);
        if (length >= 0 && at + length <= zip.Length)
            BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(directory + 16), Crc32.HashToUInt32(zip.AsSpan(at, length)));
        return zip;
    }

    private static byte[] Damage(byte[] whole, (int At, int Length) where, byte[][] corpus, RandomStream random)
    {
        byte[] bytes = (byte[])whole.Clone();
        int At() => where.At + random.NextInt(where.Length);
        for (int n = 1 + random.NextInt(3); n > 0; n--)
        {
            switch (random.NextInt(where.Length == whole.Length ? 8 : 5))
            {
                case 0:
                    bytes[At()] ^= (byte)(1 << random.NextInt(8));
                    break;
                case 1:
                    bytes[At()] = (byte)Instructions[random.NextInt(Instructions.Length)];
                    break;
                case 2:
                    uint[] extremes = [0, 1, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x0100_0000, (uint)whole.Length];
                    BinaryPrimitives.WriteUInt32LittleEndian(
                        bytes.AsSpan(Math.Min(At(), bytes.Length - 4)), extremes[random.NextInt(extremes.Length)]);
                    break;
                case 3:
                    int from = At(), to = At(), length = Math.Min(1 + random.NextInt(80), where.At + where.Length - Math.Max(from, to));
                    bytes.AsSpan(from, length).CopyTo(bytes.AsSpan(to));
                    break;
                case 4:
                    // One digit or one letter of a name.
                    int letter = At();
                    while (letter < where.At + where.Length - 1 && !char.IsAsciiLetterOrDigit((char)bytes[letter]))
                        letter++;
                    bytes[letter] ^= 1;
                    break;
                case 5:
                    byte[] cut = bytes[..(1 + random.NextInt(bytes.Length))];
                    cut.CopyTo(bytes, 0);
                    bytes.AsSpan(cut.Length).Clear();
                    break;
                case 6:
                    // The directory at the end says where everything lies.
                    bytes[bytes.Length - 1 - random.NextInt(Math.Min(bytes.Length, 600))] = (byte)random.NextInt(256);
                    break;
                default:
                    byte[] other = corpus[random.NextInt(corpus.Length)];
                    int end = Math.Min(other.Length, bytes.Length), start = random.NextInt(end);
                    other.AsSpan(start, end - start).CopyTo(bytes.AsSpan(start));
                    break;
            }
        }

        return where.Length == whole.Length && random.Chance(0.1) ? bytes[..random.NextInt(bytes.Length)] : bytes;
    }
}
