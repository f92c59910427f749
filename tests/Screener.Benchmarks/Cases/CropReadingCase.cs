using System.Buffers;
using System.Collections;
using System.Text.Json;
using Screener.Datasets;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using Screener.Training;

namespace Screener.Benchmarks.Cases;

/// <summary>
/// Whether training has to wait for the disk: crops out of a dataset's cache against numpy.memmap, and a whole batch out of prepared
/// volumes against the step that uses it.
/// </summary>
internal static class CropReadingCase
{
    internal static IEnumerable<ResultRow> Run(BenchmarkSettings settings)
    {
        using var arrays = new RawArrays();
        return [Crops(settings, arrays), Batch(settings, arrays)];
    }

    private static ResultRow Crops(BenchmarkSettings settings, RawArrays arrays)
    {
        var shape = settings.Tiny ? new VolumeShape(40, 128, 128) : new VolumeShape(160, 512, 512);
        int least = settings.Tiny ? 12 : 48, volumes = 4;
        var random = new RandomStream(7);
        float[] hu = [.. Enumerable.Range(0, shape.CheckedLength()).Select(_ => (float)(random.NextInt(3000) - 1000))];
        string[] files = [.. Enumerable.Range(0, volumes).Select(v => Path.Combine(arrays.Folder, $"{v}{HuVolumeReader.Ending}"))];
        foreach (string file in files)
            HuVolumeFile.Write(
                file, "nlst", Path.GetFileNameWithoutExtension(file),
                new CtVolume(new VolumeGrid(shape, Affine.Canonical(new Spacing(2, 0.7, 0.7))), hu), null, CancellationToken.None);
        int Length(int whole) => Math.Min(whole, least + random.NextInt(least + 1));
        var boxes = Enumerable.Range(0, 2 * volumes).Select(
            _ => new VolumeShape(Length(shape.Depth), Length(shape.Height), Length(shape.Width)))
            .Select((box, i) =>
                (Volume: i / 2,
                    Origin: (D: random.NextInt(shape.Depth - box.Depth + 1), H: random.NextInt(shape.Height - box.Height + 1),
                        W: random.NextInt(shape.Width - box.Width + 1)), Shape: box)).ToList();
        string name = $"8 crops of {least}^3 to {2 * least}^3 voxels out of a cache's volumes of {shape}";
        File.WriteAllText(
            Path.Combine(arrays.Folder, "boxes.json"),
            JsonSerializer.Serialize(
                boxes.Select(b => new[] { b.Volume, b.Origin.D, b.Origin.H, b.Origin.W, b.Shape.Depth, b.Shape.Height, b.Shape.Width })));
        using var peer = PythonPeer.Start(
            "crops.py", [("numpy", "python3-numpy")], settings.Threads, out string missing, arrays.Folder,
            $"{shape.Depth}x{shape.Height}x{shape.Width}");
        if (peer is null)
            return ResultRow.Skipped(name, missing);
        double sum = 0, theirs = 0;
        var seconds = Alternation.Measure(
            "crops", settings.Repeats,
            Alternation.Timed(() =>
            {
                sum = 0;
                foreach (var (volume, origin, box) in boxes)
                {
                    // As the peer: the HU alone, into memory that is used again, as its malloc does.
                    using var file = HuVolume.Open(files[volume]);
                    int voxels = box.CheckedLength();
                    float[] crop = ArrayPool<float>.Shared.Rent(voxels);
                    file.ReadBox(origin, box, crop.AsSpan(0, voxels));
                    sum += crop[voxels - 1];
                    ArrayPool<float>.Shared.Return(crop);
                }
            }),
            () =>
            {
                var answer = peer.Ask("run");
                theirs = answer.GetProperty("sum").GetDouble();
                return answer.GetProperty("seconds").GetDouble();
            });
        return ResultRow.Compare(name, seconds[0], peer.Version + " memmap", seconds[1], $"differ by {Math.Abs(sum - theirs)} HU");
    }

    private static ResultRow Batch(BenchmarkSettings settings, RawArrays arrays)
    {
        var options = PretrainingOptions.Quick;
        var shape = settings.Tiny ? new VolumeShape(60, 60, 60) : new VolumeShape(120, 130, 130);
        var random = new RandomStream(8);
        var grid = new VolumeGrid(shape, Affine.Canonical(new Spacing(3, 3, 3)));
        float[] intensities = [.. Enumerable.Range(0, shape.CheckedLength()).Select(_ => (float)random.NextDouble())];
        string[] files = [.. Enumerable.Range(0, 4).Select(v => Path.Combine(arrays.Folder, $"{v}.prep"))];
        foreach (string file in files)
            PreparedVolumeFile.Write(file, new PreparedVolume(grid, intensities, grid));
        var device = new ComputeOptions { Device = "cpu", Threads = settings.Threads }.Apply();
        using var side = new TrainingStepCase.Side(options, new FromDisk(files), device, NativePrecision.Of(device));
        long batch = 0;
        var seconds = Alternation.Measure(
            "batches", settings.Repeats, Alternation.Timed(() => side.MakeBatch(++batch)), Alternation.Timed(() => side.Steps(1)));
        return ResultRow.Compare(
            $"a training batch, {2 * options.VolumesPerBatch} crops of {options.Crops.PatchShape}, out of prepared volumes of "
            + $"{shape} on disk, one thread", seconds[0],
            "the training step that uses it", seconds[1], "more than 1: training never waits");
    }

    /// <summary>Volumes of which none is kept in memory.</summary>
    private sealed class FromDisk(string[] files) : IReadOnlyList<PreparedVolume>
    {
        public int Count => files.Length;

        public PreparedVolume this[int index] => PreparedVolumeFile.Read(files[index]);

        public IEnumerator<PreparedVolume> GetEnumerator() => files.Select(PreparedVolumeFile.Read).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
