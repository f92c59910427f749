using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Screener.Errors;

namespace Screener.Storage;

/// <summary>Opens files for reading: the one place where that is done.</summary>
/// <remarks>What is no regular file is refused before it is opened, and what is read whole has a limit; see
/// <see cref="RegularFile"/>.</remarks>
public static class InputFile
{
    /// <inheritdoc cref="RegularFile.MaxWhole"/>
    public const long MaxWhole = RegularFile.MaxWhole;

    /// <summary>Opens a file.</summary>
    /// <exception cref="IOException">It is not there, cannot be opened, or is no file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened, or is a folder.</exception>
    public static FileStream Open(string path, int bufferSize = 4096)
    {
        RegularFile.Require(path);
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
        RegularFile.Require(path);
        return File.OpenHandle(path, options: options);
    }

    /// <summary>Opens a zip.</summary>
    /// <inheritdoc cref="Open"/>
    /// <exception cref="InvalidDataException">It is no zip, or a damaged one.</exception>
    public static ZipArchive OpenZip(string path) => new(Open(path), ZipArchiveMode.Read);

    /// <summary>All of a file that is not too large for that.</summary>
    /// <inheritdoc cref="Open"/>
    public static byte[] ReadAllBytes(string path) => RegularFile.ReadAllBytes(path);

    /// <summary>All text of a file that is not too large for that.</summary>
    /// <inheritdoc cref="Open"/>
    public static string ReadAllText(string path) => RegularFile.ReadAllText(path);

    /// <summary>What a path leads to where that is neither a file nor a folder: "a named pipe"; null where it is, or where nothing
    /// is.</summary>
    public static string? SpecialKind(string path) => RegularFile.SpecialKind(path);
}
