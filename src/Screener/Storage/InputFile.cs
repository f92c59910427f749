using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Screener.Errors;

namespace Screener.Storage;

/// <summary>Opens files for reading: the one place where that is done.</summary>
/// <remarks>
/// What is no regular file is refused before it is opened: a named pipe that nobody writes to would hold the program for ever, and a
/// device has no end. What is read whole has a limit.
/// </remarks>
public static partial class InputFile
{
    /// <summary>The most bytes that are read at once. Files of text and pictures have a thousandth of it; a sparse file may claim
    /// anything.</summary>
    public const long MaxWhole = 1 << 28;

    // Where the system's library has the mode in what it says of a file, and room enough for all of it.
    private const int ModeOffset = 4, StatusLength = 256;
    private const int KindMask = 0xF000, RegularFile = 0x8000, Folder = 0x4000, Pipe = 0x1000, Socket = 0xC000;

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It is not there, cannot be opened, or is no file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened, or is a folder.</exception>
    public static FileStream Open(string path, int bufferSize = 4096)
    {
        RequireRegular(path);
        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize, FileOptions.SequentialScan);
    }

    /// <summary>True for what the system says of files that are not there, not allowed or not readable.</summary>
    public static bool IsFault(Exception e) => e is IOException or UnauthorizedAccessException;

    /// <summary>Reads a file or folder; what the system then says becomes an error that tells what to do.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="expected">What it should be.</param>
    /// <param name="remedy">What to do.</param>
    /// <param name="read">Reads.</param>
    /// <exception cref="MissingInputException">It is not there or cannot be read.</exception>
    public static T Reading<T>(string path, string expected, string remedy, Func<T> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        try
        {
            return read();
        }
        catch (Exception e) when (IsFault(e))
        {
            throw Unreadable(path, expected, remedy, e);
        }
    }

    /// <summary>What is said where a file or folder is not there or cannot be read.</summary>
    public static MissingInputException Unreadable(string path, string expected, string remedy, Exception inner)
    {
        ArgumentNullException.ThrowIfNull(inner);
        string found = Path.Exists(path) ? $"it cannot be read ({inner.Message.TrimEnd('.')})" : "nothing there";
        return new MissingInputException(path, found, expected, remedy, inner);
    }

    /// <summary>Opens a file to be read from any position.</summary>
    /// <inheritdoc cref="Open"/>
    public static SafeFileHandle OpenHandle(string path, FileOptions options = FileOptions.None)
    {
        RequireRegular(path);
        return File.OpenHandle(path, options: options);
    }

    /// <summary>Opens a zip.</summary>
    /// <inheritdoc cref="Open"/>
    /// <exception cref="InvalidDataException">It is no zip, or a damaged one.</exception>
    public static ZipArchive OpenZip(string path) => new(Open(path), ZipArchiveMode.Read);

    /// <summary>All of a file that is not too large for that.</summary>
    /// <inheritdoc cref="Open"/>
    public static byte[] ReadAllBytes(string path)
    {
        RequireSmall(path);
        return File.ReadAllBytes(path);
    }

    /// <summary>All text of a file that is not too large for that.</summary>
    /// <inheritdoc cref="Open"/>
    public static string ReadAllText(string path)
    {
        RequireSmall(path);
        return File.ReadAllText(path);
    }

    /// <summary>What a path leads to where that is neither a file nor a folder: "a named pipe"; null where it is, or where nothing
    /// is.</summary>
    public static unsafe string? SpecialKind(string path)
    {
        if (OperatingSystem.IsWindows())
            return null;
        byte* status = stackalloc byte[StatusLength];
        if (Stat(path, status) != 0)
            return null;
        return (*(int*)(status + ModeOffset) & KindMask) switch
        {
            RegularFile or Folder => null,
            Pipe => "a named pipe",
            Socket => "a socket",
            _ => "a device",
        };
    }

    private static void RequireRegular(string path)
    {
        if (SpecialKind(path) is { } kind)
            throw new IOException($"it is {kind}, not a file");
    }

    private static void RequireSmall(string path)
    {
        RequireRegular(path);
        if (new FileInfo(path) is { Exists: true, Length: > MaxWhole and var length })
            throw new IOException($"it has {length} bytes, where {MaxWhole} are the most");
    }

    // The runtime's own; libc's differs from system to system. Links are followed.
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_Stat", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Stat(string path, byte* status);
}
