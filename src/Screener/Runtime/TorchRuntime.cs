using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Screener.Runtime;

/// <summary>
/// Makes libtorch ready before its first use: tunes the C library's allocator and, on systems whose libstdc++ is older
/// than the one TorchSharp was linked against (Debian 12, Ubuntu 22.04, RHEL 9), loads a mended copy of its native library.
/// </summary>
/// <remarks>Runs by itself when the Screener assembly is first used; calling <see cref="EnsureLoaded"/> is needed only
/// before torch is used without having touched any other type of Screener.</remarks>
public static class TorchRuntime
{
    private static readonly Lazy<string?> Mended = new(Load);

    /// <summary>Does what is needed once per process; later calls return at once.</summary>
    /// <returns>The path of the mended library, or null where TorchSharp loads as it is.</returns>
    public static string? EnsureLoaded() => Mended.Value;

#pragma warning disable CA2255 // A library's module initialiser: it must run before torch's own static constructor does.
    [ModuleInitializer]
    internal static void Initialize() => EnsureLoaded();
#pragma warning restore CA2255

    private static string? Load()
    {
        if (!OperatingSystem.IsLinux())
            return null;
        AllocatorTuning.KeepLargeBlocks();
        return MendedTorchSharp.IsNeeded() ? MendedTorchSharp.Load() : null;
    }
}

/// <summary>glibc returns every large tensor's memory to the system and faults it in again; a training step spends up to half its time there.</summary>
internal static partial class AllocatorTuning
{
    private const int TrimThreshold = -1, TopPad = -2, MmapThreshold = -3;

    internal static void KeepLargeBlocks()
    {
        try
        {
            // Blocks under 1 GiB come from the heap, and up to 512 MiB of free heap top is kept for the next step.
            _ = MallOpt(MmapThreshold, 1 << 30);
            _ = MallOpt(TrimThreshold, 512 << 20);
            _ = MallOpt(TopPad, 64 << 20);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // Not glibc (musl): there is nothing to tune.
        }
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int MallOpt(int parameter, int value);
}
