using Screener.Errors;

namespace Screener.Imaging;

/// <summary>
/// Writes files so that nothing half-written ever stands under its final name: into a temporary file in the same folder,
/// flushed to the disk, then renamed over the old file.
/// </summary>
/// <remarks>
/// A process that is killed may leave a <c>.name.xxxxxxxx.tmp</c> behind; it is never read and can be deleted. Missing
/// folders are created. What a callback throws passes through as it is, except <see cref="IOException"/> and
/// <see cref="UnauthorizedAccessException"/>, which become <see cref="OutputException"/>.
/// </remarks>
public static class AtomicFile
{
    /// <summary>Writes <paramref name="path"/> through a stream.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="write">Writes the whole content; it may leave the stream open or closed.</param>
    /// <exception cref="OutputException">The file cannot be written; the old file, if any, is untouched.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        WriteNamed(path, temporary =>
        {
            using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
            write(stream);
        });
    }

    /// <summary>Writes <paramref name="path"/> through code that wants a file name, such as torch's save.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="write">Creates the file whose name it is given, and closes it.</param>
    /// <exception cref="OutputException">The file cannot be written; the old file, if any, is untouched.</exception>
    public static void WriteNamed(string path, Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        InPlaceOf(path, (temporary, full) =>
        {
            write(temporary);
            FlushToDisk(temporary);
            File.Move(temporary, full, overwrite: true);
        });
    }

    /// <summary>Finds out before long work whether a file can be written: its folder is made if it is missing, and no file stays.</summary>
    /// <exception cref="OutputException">It cannot.</exception>
    public static void RequireWritable(string path) => InPlaceOf(path, static (temporary, _) => File.WriteAllBytes(temporary, []));

    private static void InPlaceOf(string path, Action<string, string> work)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string? temporary = null;
        try
        {
            string full = Path.GetFullPath(path);
            string folder = Path.GetDirectoryName(full) ?? throw new IOException("it is the root of a file system");
            if (Directory.Exists(full))
                throw new IOException("it is a folder");
            Directory.CreateDirectory(folder);
            temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid().ToString("N")[..8]}.tmp");
            work(temporary, full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(path, $"it cannot be written ({e.Message})", "a writable place with enough room", "Choose another place or make room.", e);
        }
        finally
        {
            // Gone if it was renamed.
            if (temporary is not null)
                File.Delete(temporary);
        }
    }

    /// <summary>Writes <paramref name="text"/> as UTF-8 without a byte-order mark.</summary>
    /// <exception cref="OutputException">The file cannot be written; the old file, if any, is untouched.</exception>
    public static void WriteText(string path, string text) => WriteNamed(path, temporary => File.WriteAllText(temporary, text));

    // Without this a power cut after the rename could leave an empty file under the final name.
    private static void FlushToDisk(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, 0);
        stream.Flush(flushToDisk: true);
    }
}
