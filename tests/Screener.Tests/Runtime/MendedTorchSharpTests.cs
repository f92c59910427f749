using CsCheck;
using Screener.Errors;
using Screener.Runtime;

namespace Screener.Tests.Runtime;

public sealed class MendedTorchSharpTests
{
    private static readonly Lazy<byte[]?> Real = new(
        () => TorchNatives.Find() is { } natives ? File.ReadAllBytes(natives.TorchSharp) : null);

    [Fact]
    public void OneFlagOfTheRealLibraryChangesAndNothingElse()
    {
        byte[] original = RealLibrary(), mended = [.. original];
        Assert.True(MendedTorchSharp.TryMend(mended));
        int[] changed = [.. Enumerable.Range(0, original.Length).Where(i => original[i] != mended[i])];
        int flags = Assert.Single(changed);
        Assert.Equal((0, 2), (original[flags], mended[flags])); // VER_FLG_WEAK

        // A vernaux entry: hash, flags, other, name, next. The hash is ELF's of the version's name.
        Assert.Equal(ElfHash("GLIBCXX_3.4.32"), BitConverter.ToUInt32(mended, flags - 4));
    }

    [Fact]
    public void MendingTwiceChangesNothingMore()
    {
        byte[] once = [.. RealLibrary()];
        Assert.True(MendedTorchSharp.TryMend(once));
        byte[] twice = [.. once];
        Assert.True(MendedTorchSharp.TryMend(twice));
        Assert.Equal(once, twice);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(4096)]
    public void ATruncatedLibraryIsLeftAlone(int length)
    {
        byte[] cut = RealLibrary()[..length], before = [.. cut];
        Assert.False(MendedTorchSharp.TryMend(cut));
        Assert.Equal(before, cut);
    }

    [Fact]
    public void AnotherLibraryIsLeftAlone()
    {
        byte[] other = File.ReadAllBytes(TorchNatives.Find()!.Torch), before = [.. other];
        Assert.False(MendedTorchSharp.TryMend(other));
        Assert.Equal(before, other);
    }

    [Fact]
    public void BrokenBytesNeverThrow()
    {
        byte[] original = RealLibrary();
        MendedTorchSharp.TryMend(original.AsSpan().ToArray());
        int table = (int)BitConverter.ToUInt64(original, 0x28);

        // Damage the file header, the section headers, or the version table, where lengths and offsets stand.
        int version = VersionSection(original, table);
        var place = Gen.OneOf(Gen.Int[0, 63], Gen.Int[table, original.Length - 1], Gen.Int[version, version + 2048]);
        Gen.Select(place, Gen.Byte).Array[1, 8].Sample(
            damage =>
            {
                byte[] broken = [.. original];
                foreach (var (at, value) in damage)
                    broken[at] = value;
                MendedTorchSharp.TryMend(broken);
            },
            iter: 300, threads: 1);
    }

    [Fact]
    public void AFileThatIsNoLibraryIsNamed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "memory files are Linux's");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["libLibTorchSharp.so"], "not a library");
        var error = Assert.Throws<DeviceUnavailableException>(() => MendedTorchSharp.Load(folder["libLibTorchSharp.so"]));
        Assert.Contains(folder["libLibTorchSharp.so"], error.Message, StringComparison.Ordinal);
        Assert.Throws<DeviceUnavailableException>(() => MendedTorchSharp.Load(folder["missing.so"]));
    }

    private static byte[] RealLibrary()
    {
        Assert.SkipWhen(Real.Value is null, "TorchSharp's Linux library is not here");
        return Real.Value;
    }

    private static int VersionSection(byte[] elf, int table)
    {
        for (int i = 0; ; i++)
        {
            if (BitConverter.ToUInt32(elf, table + (i * 64) + 4) == 0x6ffffffe)
                return (int)BitConverter.ToUInt64(elf, table + (i * 64) + 24);
        }
    }

    // System V ABI, figure 5-13.
    private static uint ElfHash(string name)
    {
        uint h = 0;
        foreach (char c in name)
        {
            h = (h << 4) + c;
            uint g = h & 0xf0000000;
            h = (h ^ (g >> 24)) & ~g;
        }

        return h;
    }
}
