using System.Collections.Concurrent;
using Screener.Conditions;
using Screener.Errors;
using Screener.Imaging;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Storage;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Ablations;

/// <summary>Something that makes a pooled map of a window: a descriptor or a condition.</summary>
/// <param name="Key">Equal for equal results; null if the maps must not be kept.</param>
/// <param name="Channels">Channels of the map.</param>
/// <param name="Compute">From windows [N, 1, D, H, W] and their places to [N, C, D / k_d, H / k_h, W / k_w].</param>
internal sealed record MapSource(string? Key, int Channels, Func<Tensor, PatchPlacement[], long[], Tensor> Compute);

/// <summary>The windows of a volume.</summary>
/// <param name="Digest">The checksum of the volume's content.</param>
/// <param name="Origins">The windows' first voxels.</param>
/// <param name="Window">Their shape, voxels.</param>
/// <param name="Pool">Kernel and stride of the pooling.</param>
internal sealed record VolumeWindows(string Digest, IReadOnlyList<(int D, int H, int W)> Origins, VolumeShape Window, VolumeShape Pool)
{
    /// <summary>The shape of a pooled map.</summary>
    internal VolumeShape Pooled => new(Window.Depth / Pool.Depth, Window.Height / Pool.Height, Window.Width / Pool.Width);

    /// <summary>Copies a window's intensities.</summary>
    internal void Copy(PreparedVolume volume, int window, Span<float> target) => VolumePatch.Copy(volume, Origins[window], Window, target);

    /// <summary>Where a window lies.</summary>
    internal PatchPlacement Placement(VolumeShape volume, int window) => new(
        volume, Origins[window].D, Origins[window].H, Origins[window].W);

    /// <summary>Pooling as torch takes it.</summary>
    internal long[] Kernel => [Pool.Depth, Pool.Height, Pool.Width];
}

/// <summary>
/// Keeps the pooled maps of windows in files, by content: weights, options, the prepared volume, windows and pooling. Densities are fitted
/// and scored from them without the networks.
/// </summary>
/// <remarks>Numbers are kept as half precision: 11 bits, where the noise that fitting adds is 0.1. A map with larger numbers than it has is
/// kept in single precision.</remarks>
/// <param name="folder">Where the files are.</param>
internal sealed class FeatureStore(string folder)
{
    private const int Batch = 4;
    private const float LargestHalf = 65504;
    private readonly ConcurrentDictionary<string, StoredMaps> _open = [];

    private const string Again = "Start again: they are made anew.";

    private static readonly FrameKind Kind = new("SCRNMAP1", "the maps that this run keeps", Again, Again);

    /// <summary>The maps of a volume's windows; computed where they are not kept.</summary>
    /// <param name="source">What makes them; must have a key.</param>
    /// <param name="windows">The windows.</param>
    /// <param name="volume">Reads the volume; called only if something must be computed.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="cancellation">Stops between windows.</param>
    /// <exception cref="OutputException">They cannot be written.</exception>
    internal StoredMaps Get(
        MapSource source, VolumeWindows windows, Func<PreparedVolume> volume, Device device, CancellationToken cancellation)
    {
        string key = KeyOf(source, windows), path = PathOf(key);
        if (_open.TryGetValue(key, out var open))
            return open;
        if (Read(path, source, windows) is { } kept)
            return _open.GetOrAdd(key, kept);
        if (!TryWrite(path, source, windows, volume(), isHalf: true, device, cancellation))
            TryWrite(path, source, windows, volume(), isHalf: false, device, cancellation);
        return _open.GetOrAdd(
            key, Read(path, source, windows)
                ?? throw new OutputException(path, "what was written is not there", "a folder for kept maps", "Check the disk."));
    }

    /// <summary>Finds out before maps are computed whether there is room for those that are not kept yet, in half precision.</summary>
    /// <exception cref="OutputException">There is not.</exception>
    internal void RequireRoom(MapSource source, IEnumerable<VolumeWindows> all) => AtomicFile.RequireRoom(
        folder,
        all.Where(w => !File.Exists(PathOf(KeyOf(source, w)))).Sum(w => 2L * source.Channels * w.Pooled.VoxelCount * w.Origins.Count));

    private string PathOf(string key) => Path.Combine(folder, key[..2], key + ".maps");

    private static string KeyOf(MapSource source, VolumeWindows windows)
    {
        var origins = windows.Origins.Select(o => new[] { o.D, o.H, o.W });
        return ContentKey.Of(
            new { arithmetic = ContentKey.Arithmetic, source.Key, windows.Digest, windows.Window, windows.Pool, Origins = origins });
    }

    private static StoredMaps? Read(string path, MapSource source, VolumeWindows windows)
    {
        using var file = FramedFile.OpenWhole<Header>(path, Kind);
        return file is not null && file.Header.Channels == source.Channels && file.Header.Windows == windows.Origins.Count
            ? new StoredMaps(path, file.Start, file.Header.Channels, windows.Pooled, file.Header.IsHalf)
            : null;
    }

    private static bool TryWrite(
        string path, MapSource source, VolumeWindows windows, PreparedVolume volume, bool isHalf, Device device,
        CancellationToken cancellation)
    {
        try
        {
            FramedFile.Write(path, Kind, new Header(source.Channels, windows.Origins.Count, isHalf), sink =>
            {
                using var guard = inference_mode();
                int voxels = windows.Window.CheckedLength();
                for (int start = 0; start < windows.Origins.Count; start += Batch)
                {
                    cancellation.ThrowIfCancellationRequested();
                    using var scope = NewDisposeScope();
                    int count = Math.Min(Batch, windows.Origins.Count - start);
                    var images = new float[count * voxels];
                    for (int i = 0; i < count; i++)
                        windows.Copy(volume, start + i, images.AsSpan(i * voxels, voxels));
                    var placements = Enumerable.Range(start, count).Select(i => windows.Placement(volume.Shape, i)).ToArray();
                    var map = source.Compute(
                        TensorMemory.Of(images, [count, 1, windows.Window.Depth, windows.Window.Height, windows.Window.Width]).to(device),
                        placements, windows.Kernel);
                    long[] wanted = [count, source.Channels, windows.Pooled.Depth, windows.Pooled.Height, windows.Pooled.Width];
                    if (!map.shape.AsSpan().SequenceEqual(wanted))
                        throw new OptionException(
                            "map", $"shape [{string.Join(", ", map.shape)}]", $"[{string.Join(", ", wanted)}]",
                            "Return a pooled map of the windows.");
                    if (isHalf && !(map.abs().max().item<float>() < LargestHalf))
                        throw new TooLargeException();
                    sink.Append(map.to_type(isHalf ? ScalarType.Float16 : ScalarType.Float32).cpu().contiguous().bytes);
                }
            });
            return true;
        }
        catch (TooLargeException)
        {
            return false;
        }
    }

    private sealed record Header(int Channels, int Windows, bool IsHalf);

    private sealed class TooLargeException : Exception;
}

/// <summary>The kept maps of one volume's windows.</summary>
/// <param name="path">The file.</param>
/// <param name="start">Where its content starts.</param>
/// <param name="channels">Channels of a map.</param>
/// <param name="shape">Positions of a map.</param>
/// <param name="isHalf">Half precision; single otherwise.</param>
internal sealed class StoredMaps(string path, long start, int channels, VolumeShape shape, bool isHalf)
{
    private int BytesPerWindow => channels * shape.CheckedLength() * (isHalf ? 2 : 4);

    /// <summary>Maps of windows, [N, C, D, H, W], float32 on the CPU; the caller owns them.</summary>
    internal Tensor Read(ReadOnlySpan<int> windows)
    {
        using var scope = NewDisposeScope();
        var maps = empty(
            [windows.Length, channels, shape.Depth, shape.Height, shape.Width], isHalf ? ScalarType.Float16 : ScalarType.Float32,
            device: CPU);
        using (var handle = Open())
        {
            for (int i = 0; i < windows.Length; i++)
                ReadExactly(handle, maps.bytes.Slice(i * BytesPerWindow, BytesPerWindow), windows[i]);
        }

        return maps.to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>A box of a window's map, [C, d, h, w].</summary>
    internal void Read(int window, (int D, int H, int W) origin, VolumeShape box, Span<float> target)
    {
        byte[] bytes = System.Buffers.ArrayPool<byte>.Shared.Rent(BytesPerWindow);
        try
        {
            using (var handle = Open())
                ReadExactly(handle, bytes.AsSpan(0, BytesPerWindow), window);
            var halves = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, Half>(bytes);
            var singles = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes);
            int volume = shape.CheckedLength(), at = 0;
            for (int c = 0; c < channels; c++)
            {
                for (int d = 0; d < box.Depth; d++)
                {
                    for (int h = 0; h < box.Height; h++)
                    {
                        int from = (c * volume) + shape.Index(origin.D + d, origin.H + h, origin.W);
                        for (int w = 0; w < box.Width; w++)
                            target[at++] = isHalf ? (float)halves[from + w] : singles[from + w];
                    }
                }
            }
        }
        finally
        {
            System.Buffers.ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    private Microsoft.Win32.SafeHandles.SafeFileHandle Open() => InputFile.Reading(
        path, "the maps that this run keeps", "Start again: they are made anew.", () => InputFile.OpenHandle(path));

    private void ReadExactly(Microsoft.Win32.SafeHandles.SafeFileHandle handle, Span<byte> target, int window)
    {
        if (!FramedFile.TryRead(handle, target, start + ((long)window * BytesPerWindow)))
            throw new MissingInputException(
                path, "fewer maps than its header says", "the maps that this run keeps", "Start again: they are made anew.");
    }
}
