using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Win32.SafeHandles;
using Screener.Errors;

namespace Screener.Storage;

/// <summary>
/// Writes files so that nothing half-written ever stands under its final name: into a temporary file in the same folder,
/// flushed to the disk, then renamed over the old file.
/// </summary>
/// <remarks>
/// <para>A link is followed and stays; the old file's permissions are kept. A device, a pipe or a stream of the process is refused: to
/// rename
/// over it would put a file in its place. Missing folders are created.</para>
/// <para>A process that is killed leaves a <c>.name.xxxxxxxx.tmp</c> behind, which is never read. It is removed when the next process
/// writes into that folder; while a file is written it is locked, so that nobody else removes it.</para>
/// <para>What a callback throws passes through as it is, except <see cref="IOException"/> and <see cref="UnauthorizedAccessException"/>,
/// which become <see cref="OutputException"/>.</para>
/// </remarks>
public static partial class AtomicFile
{
    private static readonly HashSet<string> Swept = new(RealPath.Comparer);

    /// <summary>Writes <paramref name="path"/> through a stream.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="write">Writes the whole content; it may leave the stream open or closed.</param>
    /// <exception cref="OutputException">The file cannot be written; the old file, if any, is untouched.</exception>
    public static void Write(string path, Action<Stream> write) => Write(path, write, forOwner: false);

    /// <summary>Writes <paramref name="text"/> as UTF-8 into a file that its owner alone may read.</summary>
    /// <exception cref="OutputException">The file cannot be written; the old file, if any, is untouched.</exception>
    public static void WriteForOwner(string path, string text) =>
        Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)), forOwner: true);

    private static void Write(string path, Action<Stream> write, bool forOwner)
    {
        ArgumentNullException.ThrowIfNull(write);
        InPlaceOf(path, (temporary, full) =>
        {
            using var file = Create(temporary, full);
            if (forOwner && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite); // Before anything is in it.

            // A handle that does not own the file: whoever closes the stream does not end the lock.
            using (var stream = new FileStream(new SafeFileHandle(file.DangerousGetHandle(), ownsHandle: false), FileAccess.Write, 1 << 16))
                write(stream);

            // Without this a power cut after the rename could leave an empty file under the final name.
            RandomAccess.FlushToDisk(file);
            if (OperatingSystem.IsWindows())
                file.Dispose(); // It renames nothing that is open.
            File.Move(temporary, full, overwrite: true);
        });
    }

    /// <summary>Finds out before long work whether a file can be written: its folder is made if it is missing, and no file stays.</summary>
    /// <param name="path">The final name.</param>
    /// <param name="bytes">How much is going to be written, where that is known.</param>
    /// <exception cref="OutputException">It cannot.</exception>
    public static void RequireWritable(string path, long bytes = 0)
    {
        lock (Swept)
            Swept.Clear(); // Long work begins: what was left behind goes.
        InPlaceOf(path, (temporary, full) => Create(temporary, full).Dispose());
        RequireRoom(Path.GetDirectoryName(Path.GetFullPath(path))!, bytes);
    }

    /// <summary>Finds out before long work whether a disk has room.</summary>
    /// <param name="folder">A folder on it; it need not be there yet.</param>
    /// <param name="bytes">How much is going to be written.</param>
    /// <exception cref="OutputException">It has less.</exception>
    public static void RequireRoom(string folder, long bytes)
    {
        string? there = Path.GetFullPath(folder);
        while (there is not null && !Directory.Exists(there))
            there = Path.GetDirectoryName(there);
        if (there is not null && bytes > 0 && new DriveInfo(there).AvailableFreeSpace is var room && room < bytes)
        {
            throw new OutputException(
                folder,
                $"a disk with {Size(room)} of room",
                $"{Size(bytes)} for what is going to be written",
                "Choose another place or make room.");
        }

        static string Size(long bytes) => bytes < 1e8
            ? FormattableString.Invariant($"{bytes / 1e6:0.0} MB") : FormattableString.Invariant($"{bytes / 1e9:0.00} GB");
    }

    /// <summary>Writes <paramref name="text"/> as UTF-8 without a byte-order mark.</summary>
    /// <exception cref="OutputException">The file cannot be written; the old file, if any, is untouched.</exception>
    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>Adds a line to a file that is followed while it grows: after a kill its last line may be half there.</summary>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void AppendLine(string path, string line) => Writing(path, () => File.AppendAllText(path, line + "\n"));

    /// <summary>Writes files or folders in another way; what the system then says becomes an error that tells what to do.</summary>
    /// <param name="path">The place, for the message.</param>
    /// <param name="write">Writes.</param>
    /// <exception cref="OutputException">It cannot be written.</exception>
    public static T Writing<T>(string path, Func<T> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        try
        {
            return write();
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw Unwritable(path, e);
        }
    }

    /// <inheritdoc cref="Writing{T}(string, Func{T})"/>
    public static void Writing(string path, Action write) => Writing(path, () =>
    {
        write();
        return true;
    });

    private static OutputException Unwritable(string path, Exception e) => new(
        path, $"it cannot be written ({e.Message.TrimEnd('.')})", "a writable place with enough room", "Choose another place or make room.",
        e);

    private static void InPlaceOf(string path, Action<string, string> work)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string? temporary = null;
        try
        {
            if (InputFile.SpecialKind(path) is { } kind)
                throw new IOException($"it is {kind}");
            if (IsStream(Path.GetFullPath(path)))
                throw new IOException("it stands for a stream of this process");
            string full = RealPath.Of(path);
            string folder = Path.GetDirectoryName(full) ?? throw new IOException("it is the root of a file system");
            if (Directory.Exists(full))
                throw new IOException("it is a folder");
            Directory.CreateDirectory(folder);
            lock (Swept)
            {
                if (Swept.Add(folder))
                    RemoveLeftovers(folder);
            }

            temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid().ToString("N")[..8]}.tmp");
            work(temporary, full);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw Unwritable(path, e);
        }
        finally
        {
            // Gone if it was renamed.
            if (temporary is not null)
                File.Delete(temporary);
        }
    }

    // Locked until it is closed, and as closed to others as the file whose place it takes.
    private static SafeFileHandle Create(string temporary, string full)
    {
        var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        if (!OperatingSystem.IsWindows() && File.Exists(full))
            File.SetUnixFileMode(file, File.GetUnixFileMode(full));
        return file;
    }

    // Also where they lead to a file: whoever redirected the output holds that one open, and would not see a new one.
    private static bool IsStream(string full) =>
        !OperatingSystem.IsWindows()
            && (full.StartsWith("/proc/", StringComparison.Ordinal) || Path.GetDirectoryName(full) is "/dev" or "/dev/fd");

    private static void RemoveLeftovers(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, ".*.tmp").Where(f => Leftover().IsMatch(Path.GetFileName(f))))
        {
            try
            {
                File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
                File.Delete(file);
            }
            catch (Exception e) when (InputFile.IsFault(e))
            {
                // Somebody still writes it, or it is another user's.
            }
        }
    }

    [GeneratedRegex(@"^\..+\.[0-9a-f]{8}\.tmp$")]
    private static partial Regex Leftover();
}
