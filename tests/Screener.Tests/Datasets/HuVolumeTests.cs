using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Tests.Datasets;

public sealed class HuVolumeTests : IDisposable
{
    private static readonly VolumeShape Shape = new(5, 40, 67);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AWholeVolumeComesBack()
    {
        var (ct, labels) = Sample();
        var summary = HuVolumeFile.Write(_folder["a.hu"], "lits", "a", ct, labels, TestContext.Current.CancellationToken);
        Assert.Equal(new FileInfo(_folder["a.hu"]).Length, summary.Length);
        using var volume = HuVolume.Open(_folder["a.hu"]);
        var back = volume.ReadCt(TestContext.Current.CancellationToken);
        Assert.Equal(ct.Voxels.Select(x => MathF.Round(Math.Clamp(x, -32768, 32767))), back.Voxels);
        Assert.Equal((short.MinValue, short.MaxValue, 2L), (summary.MinHu, summary.MaxHu, summary.Clamped));
        Assert.Equal(ct.Grid, volume.Grid);
        Assert.Equal(("lits", "a", "lits/a"), (volume.Dataset, volume.Id, back.Source));
        Assert.Equal(labels.Voxels.Select(l => l == 1 ? (byte)1 : (byte)0), volume.ReadLesions().Voxels);
        Assert.Equal(labels.Voxels.Select(l => l != 0 ? (byte)1 : (byte)0), volume.ReadOrgan()!.Voxels);
        Assert.True(new HuVolumeReader().CanRead(_folder["a.hu"]));
        Assert.Equal(back.Voxels, new HuVolumeReader().Read(_folder["a.hu"], VolumeReadOptions.Default, null, TestContext.Current.CancellationToken).Voxels);
    }

    [Fact]
    public void AFileThatIsShortenedWhileItIsOpenIsRefused()
    {
        var (ct, labels) = Sample();
        HuVolumeFile.Write(_folder["a.hu"], "lits", "a", ct, labels, TestContext.Current.CancellationToken);
        using var volume = HuVolume.Open(_folder["a.hu"]);
        var hu = new float[Shape.VoxelCount];
        volume.ReadBox(default, Shape, hu);
        using (var file = new FileStream(_folder["a.hu"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(5000);
        Assert.Contains("shortened", Assert.Throws<VolumeFormatException>(() => volume.ReadBox(default, Shape, hu)).Message);
    }

    [Fact]
    public void EveryBoxIsThatPartOfTheVolume()
    {
        var (ct, labels) = Sample();
        HuVolumeFile.Write(_folder["a.hu"], "lits", "a", ct, labels, TestContext.Current.CancellationToken);
        using var volume = HuVolume.Open(_folder["a.hu"]);
        var whole = volume.ReadCt(TestContext.Current.CancellationToken);
        var random = new RandomStream(5);
        for (int i = 0; i < 200; i++)
        {
            var box = i == 0 ? Shape : new VolumeShape(1 + random.NextInt(Shape.Depth), 1 + random.NextInt(Shape.Height), 1 + random.NextInt(i % 3 == 0 ? 6 : Shape.Width));
            var origin = (D: random.NextInt(Shape.Depth - box.Depth + 1), H: random.NextInt(Shape.Height - box.Height + 1), W: random.NextInt(Shape.Width - box.Width + 1));
            var crop = new float[box.VoxelCount];
            volume.ReadBox(origin, box, crop);
            for (int d = 0; d < box.Depth; d++)
            {
                for (int h = 0; h < box.Height; h++)
                {
                    for (int w = 0; w < box.Width; w++)
                    {
                        int at = Shape.Index(origin.D + d, origin.H + h, origin.W + w);
                        Assert.Equal(whole.Voxels[at], crop[box.Index(d, h, w)]);
                    }
                }
            }
        }

        foreach (var (origin, box) in new[] { ((-1, 0, 0), new VolumeShape(1, 1, 1)), ((0, 0, 1), Shape), ((0, 0, 0), new VolumeShape(0, 1, 1)), ((4, 39, int.MaxValue), new VolumeShape(1, 1, 1)) })
            Assert.Throws<OptionException>(() => volume.ReadBox(origin, box, new float[Math.Max(0, box.VoxelCount)]));
    }

    [Fact]
    public void DamagedFilesAreRefused()
    {
        var (ct, labels) = Sample();
        HuVolumeFile.Write(_folder["a.hu"], "lits", "a", ct, labels, TestContext.Current.CancellationToken);
        byte[] good = File.ReadAllBytes(_folder["a.hu"]);
        var random = new RandomStream(6);
        for (int i = 0; i < 60; i++)
        {
            // Bytes that fill up to the voxels count too.
            byte[] bytes = (byte[])good.Clone();
            int at = i < 20 ? random.NextInt(400) : random.NextInt(bytes.Length);
            bytes[at] ^= (byte)(1 << random.NextInt(8));
            Refused(bytes);
        }

        for (int i = 0; i < 40; i++)
            Refused(good[..random.NextInt(good.Length)]);
        Refused([.. good, 0]);
        Assert.Throws<MissingInputException>(() => HuVolume.Open(_folder["absent.hu"]));

        void Refused(byte[] bytes)
        {
            File.WriteAllBytes(_folder["b.hu"], bytes);
            Assert.Throws<VolumeFormatException>(() =>
            {
                using var volume = HuVolume.Open(_folder["b.hu"]);
                _ = volume.ReadCt(TestContext.Current.CancellationToken);
            });
        }
    }

    private static (CtVolume Ct, LabelVolume Labels) Sample()
    {
        var random = new RandomStream(4);
        var grid = new VolumeGrid(Shape, Affine.Canonical(new Spacing(2.5, 0.7, 0.8), -10, 20, -30));
        float[] hu = [.. Enumerable.Range(0, Shape.CheckedLength()).Select(_ => (random.NextInt(40_000) / 10f) - 1024)];
        (hu[3], hu[^1]) = (-40_000, 32_768);
        var labels = new byte[hu.Length];
        for (int run = 0; run < 60; run++)
            labels.AsSpan(random.NextInt(labels.Length - 200), 1 + random.NextInt(150)).Fill((byte)random.NextInt(3));
        labels[^1] = 1;
        return (new CtVolume(grid, hu, "lits/a"), new LabelVolume(grid, labels));
    }
}
