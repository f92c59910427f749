using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Screener.Errors;
using TorchSharp;

namespace Screener.Runtime;

/// <summary>
/// Makes libtorch ready for its first use: tunes the C library's allocator, finds the native libraries where a notebook keeps
/// them (each in its own package), and on systems whose libstdc++ is older than the one TorchSharp was linked against (Debian 12,
/// Ubuntu 22.04, RHEL 9) loads a mended copy of its native library.
/// </summary>
/// <remarks>Runs by itself when torch asks for its native library after the Screener assembly was first used; calling
/// <see cref="EnsureLoaded"/> is needed only before torch is used without having touched any other type of Screener.</remarks>
public static class TorchRuntime
{
    private const string NativeName = "LibTorchSharp";

    private static readonly Lazy<(nint Handle, string? Mended)> Loaded = new(Load);

    /// <summary>Does what is needed once per process; later calls return at once.</summary>
    /// <returns>The path of the library that was mended, or null where TorchSharp loads as it is.</returns>
    /// <exception cref="DeviceUnavailableException">The native library is damaged, or cannot be loaded on this system.</exception>
    public static string? EnsureLoaded() => Loaded.Value.Mended;

#pragma warning disable CA2255 // A library's module initialiser: it must run before torch's own static constructor does.
    /// <summary>Loads nothing yet, and cannot fail: who reads a NIfTI file needs no torch.</summary>
    [ModuleInitializer]
    internal static void Initialize()
    {
        if (!OperatingSystem.IsLinux())
            return;
        AllocatorTuning.KeepLargeBlocks();
        WaitingTuning.SpinBriefly();
        try
        {
            AnswerTorchSharp();
        }
        catch (FileNotFoundException)
        {
            // TorchSharp.dll itself is missing; the first use of torch says so.
        }
    }
#pragma warning restore CA2255

    // A method of its own: TorchSharp.dll is loaded when it is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AnswerTorchSharp()
    {
        // Asked only for what the runtime did not find, or could not load, in its usual places.
        var torchSharp = typeof(torch).Assembly;
        AssemblyLoadContext.GetLoadContext(torchSharp)!.ResolvingUnmanagedDll +=
            (assembly, name) => assembly == torchSharp && name == NativeName ? Loaded.Value.Handle : 0;
    }

    private static (nint Handle, string? Mended) Load()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return default;
        bool mend = MendedTorchSharp.IsNeeded();
        if (TorchNatives.Find() is not { } natives || (natives.AreTogether && !mend))
            return default; // TorchSharp loads as it is, or says what is missing.
        if (!NativeLibrary.TryLoad(natives.Torch, out _))
            return default;
        return mend ? (MendedTorchSharp.Load(natives.TorchSharp), natives.TorchSharp) : (NativeLibrary.Load(natives.TorchSharp), null);
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

/// <summary>
/// OpenMP's threads spin for some 15 ms whenever they have nothing to do, and whoever else computes on the machine waits for them. A
/// hundredth of that is enough from one operation to the next.
/// </summary>
internal static partial class WaitingTuning
{
    internal static void SpinBriefly()
    {
        try
        {
            // What the user has set stays. .NET's own call changes a copy that native code does not see.
            if (Environment.GetEnvironmentVariable("OMP_WAIT_POLICY") is null)
                _ = SetEnv("GOMP_SPINCOUNT", "3000", 0);
        }
        catch (Exception e) when (e is EntryPointNotFoundException or DllNotFoundException)
        {
            // No libc of that name: there is nothing to tune.
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);
}
