using System.Runtime.InteropServices;

namespace Screener.Storage;

/// <summary>Tells files from pipes, sockets and devices before they are opened, and reads whole ones.</summary>
/// <remarks>A named pipe that nobody writes to would hold the program for ever, and a device has no end. The kernel's project, which
/// refers to no other, compiles this file too.</remarks>
internal static partial class RegularFile
{
    /// <summary>The most bytes that are read at once. Files of text and pictures have a thousandth of it; a sparse file may claim
    /// anything.</summary>
    internal const long MaxWhole = 1 << 28;

    // Where the system's library has the mode in what it says of a file, and room enough for all of it.
    private const int ModeOffset = 4, StatusLength = 256;
    private const int KindMask = 0xF000, Regular = 0x8000, Folder = 0x4000, Pipe = 0x1000, Socket = 0xC000;

    /// <summary>What a path leads to where that is neither a file nor a folder: "a named pipe"; null where it is, or where nothing
    /// is.</summary>
    internal static unsafe string? SpecialKind(string path)
    {
        if (OperatingSystem.IsWindows())
            return null;
        byte* status = stackalloc byte[StatusLength];
        if (Stat(path, status) != 0)
            return null;
        return (*(int*)(status + ModeOffset) & KindMask) switch
        {
            Regular or Folder => null,
            Pipe => "a named pipe",
            Socket => "a socket",
            _ => "a device",
        };
    }

    /// <exception cref="IOException">The path leads to something else than a file or a folder.</exception>
    internal static void Require(string path)
    {
        if (SpecialKind(path) is { } kind)
            throw new IOException($"it is {kind}, not a file");
    }

    /// <summary>All of a file that is not too large for that.</summary>
    /// <exception cref="IOException">It is not there, cannot be opened, or is no file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened, or is a folder.</exception>
    internal static byte[] ReadAllBytes(string path)
    {
        RequireSmall(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>All text of a file that is not too large for that.</summary>
    /// <inheritdoc cref="ReadAllBytes"/>
    internal static string ReadAllText(string path)
    {
        RequireSmall(path);
        return File.ReadAllText(path);
    }

    private static void RequireSmall(string path)
    {
        Require(path);
        if (new FileInfo(path) is { Exists: true, Length: > MaxWhole and var length })
            throw new IOException($"it has {length} bytes, where {MaxWhole} are the most");
    }

    // The runtime's own; libc's differs from system to system. Links are followed.
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Stat(string path, byte* status);
}
