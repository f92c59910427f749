using System.Text;
using Screener.Errors;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Randomness;

namespace Screener.Tests.Preprocessing;

public sealed class PreparedVolumeFileTests
{
    [Fact]
    public void WhatIsReadIsWhatWasWritten()
    {
        using var folder = new TemporaryFolder();
        var volume = Example(new VolumeShape(101, 80, 70));
        PreparedVolumeFile.Write(folder["a.prep"], volume);
        var read = PreparedVolumeFile.Read(folder["a.prep"]);
        Assert.Equal(volume.Grid, read.Grid);
        Assert.Equal(volume.SourceGrid, read.SourceGrid);
        Assert.Equal("Pâtient \"7\"", read.Source);
        Assert.Equal("0123456789abcdef", read.OptionsFingerprint);
        Assert.All(
            volume.Intensities.Zip(read.Intensities), pair => Assert.Equal(Math.Clamp(pair.First, 0, 1), pair.Second, 1.0 / 131070 + 1e-7));
        Assert.Contains(0f, read.Intensities);
        Assert.Contains(1f, read.Intensities);
        Assert.Single(Directory.GetFiles(folder.FullName));
        Assert.InRange(new FileInfo(folder["a.prep"]).Length, 2 * volume.Shape.VoxelCount, (2 * volume.Shape.VoxelCount) + 2000);

        PreparedVolumeFile.Write(folder["b.prep"], read);
        Assert.Equal(File.ReadAllBytes(folder["a.prep"]), File.ReadAllBytes(folder["b.prep"]));
    }

    [Fact]
    public void DamagedFilesGiveOnlyTypedErrors()
    {
        using var folder = new TemporaryFolder();
        string path = folder["a.prep"];
        PreparedVolumeFile.Write(path, Example(new VolumeShape(3, 4, 5)));
        byte[] whole = File.ReadAllBytes(path);
        var random = new RandomStream(6);
        for (int i = 0; i < 1200; i++)
        {
            byte[] damaged = [.. whole];
            switch (i % 4)
            {
                case 0:
                    Array.Resize(ref damaged, random.NextInt(whole.Length));
                    break;
                case 1:
                    Array.Resize(ref damaged, whole.Length + 1 + random.NextInt(100));
                    break;
                case 2:
                    damaged[random.NextInt(whole.Length)] ^= (byte)(1 + random.NextInt(255));
                    break;
                default:
                    // Digits of the header, so that it stays JSON but lies.
                    int at = 12 + random.NextInt(200);
                    damaged[at] = char.IsAsciiDigit((char)damaged[at])
                        ? (byte)('0' + ((damaged[at] - '0' + 1 + random.NextInt(9)) % 10))
                        : (byte)'7';
                    if (damaged.SequenceEqual(whole))
                        continue;
                    break;
            }

            File.WriteAllBytes(path, damaged);
            var error = Assert.Throws<VolumeFormatException>(() => PreparedVolumeFile.Read(path));
            Assert.Equal(path, error.Subject);
        }
    }

    [Fact]
    public void AHeaderThatClaimsAHugeVolumeIsRefusedBeforeAnythingIsAllocated()
    {
        using var folder = new TemporaryFolder();
        string affine = "[1,0,0,0,0,1,0,0,0,0,1,0]";
        byte[] header = Encoding.UTF8.GetBytes(
            $$"""
            {"Shape":[1000,1000,1000],"Affine":{{affine}},"SourceShape":[1,1,1],"SourceAffine":{{affine}},
            "Source":"","OptionsFingerprint":""}
            """);
        File.WriteAllBytes(folder["x"], [.. "SCRNVOL1"u8, .. BitConverter.GetBytes(header.Length), .. header, .. new byte[64]]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<VolumeFormatException>(() => PreparedVolumeFile.Read(folder["x"]));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void AFileThatIsNotThereSaysSo()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<MissingInputException>(() => PreparedVolumeFile.Read(folder["nothing"]));
        Assert.Throws<MissingInputException>(() => PreparedVolumeFile.Read(folder.FullName));
    }

    private static PreparedVolume Example(VolumeShape shape)
    {
        var random = new RandomStream(2);
        var values = new float[shape.VoxelCount];
        for (int i = 0; i < values.Length; i++)
            values[i] = (float)random.Uniform(-0.1, 1.1);
        return new PreparedVolume(
            new VolumeGrid(shape, new Affine(1.5, 0, 0.001, -1 / 3.0, 0, 1.5, 0, Math.PI, 0, 0, 2.25, 1e-7)),
            values,
            new VolumeGrid(new VolumeShape(512, 512, 275), Affine.Canonical(new Spacing(1, 0.78125, 0.78125))),
            "Pâtient \"7\"",
            "0123456789abcdef");
    }
}
