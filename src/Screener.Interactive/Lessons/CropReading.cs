using System.Diagnostics;
using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Interactive.Lessons;

/// <summary>How fast crops are read from a prepared dataset.</summary>
/// <param name="PerSecond">Crops per second.</param>
/// <param name="MegabytesPerSecond">What they take of the files, MB per second.</param>
public sealed record CropReading(double PerSecond, double MegabytesPerSecond)
{
    // A process may not have as many files open as a dataset has volumes.
    private const int MostOpen = 256;

    /// <summary>Reads crops anywhere in any volumes, on one thread.</summary>
    /// <param name="cache">The dataset.</param>
    /// <param name="crop">Their shape; where a volume is smaller, as much as it has.</param>
    /// <param name="random">Where they lie.</param>
    /// <param name="seconds">For how long crops are read.</param>
    /// <param name="cancellation">Stops between crops.</param>
    /// <exception cref="OptionException">The dataset has no volume, or the time is not 0.01 to 600 s.</exception>
    /// <exception cref="ScreenerException">A file is missing or damaged.</exception>
    public static CropReading Measure(
        HuCache cache, VolumeShape crop, RandomStream random, double seconds = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(random);
        OptionException.ThrowIfOutside(nameof(seconds), seconds, 0.01, 600);
        if (cache.Cases.Count == 0)
            throw new OptionException(
                nameof(cache), $"{cache.Name} without a volume", "at least one", "Look at the rejected cases in its list.");
        var volumes = new List<HuVolume>();
        try
        {
            for (int i = 0; i < Math.Min(cache.Cases.Count, MostOpen); i++)
                volumes.Add(cache.OpenVolume(i));
            var hu = new float[crop.CheckedLength()];
            long crops = 0, bytes = 0, begin = Stopwatch.GetTimestamp();
            double elapsed;
            do
            {
                cancellation.ThrowIfCancellationRequested();
                var volume = volumes[random.NextInt(volumes.Count)];
                var whole = volume.Grid.Shape;
                var box = new VolumeShape(
                    Math.Min(crop.Depth, whole.Depth), Math.Min(crop.Height, whole.Height), Math.Min(crop.Width, whole.Width));
                var origin = (random.NextInt(whole.Depth - box.Depth + 1), random.NextInt(whole.Height - box.Height + 1),
                    random.NextInt(whole.Width - box.Width + 1));
                volume.ReadBox(origin, box, hu.AsSpan(0, box.CheckedLength()));
                (crops, bytes) = (crops + 1, bytes + (sizeof(short) * box.VoxelCount));
                elapsed = Stopwatch.GetElapsedTime(begin).TotalSeconds;
            }
            while (elapsed < seconds);
            return new CropReading(crops / elapsed, bytes / 1e6 / elapsed);
        }
        finally
        {
            volumes.ForEach(v => v.Dispose());
        }
    }
}
