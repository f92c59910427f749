using Screener.Errors;

namespace Screener.Storage;

/// <summary>
/// A new folder for temporary files, held by a lock beside it and removed when it is disposed. Those of processes that were killed are
/// removed with the next one.
/// </summary>
internal sealed class HeldFolder : IDisposable
{
    private const string LockEnding = ".lock";

    private readonly FileStream _lock;

    private HeldFolder(string fullName, FileStream held) => (FullName, _lock) = (fullName, held);

    /// <summary>Its path.</summary>
    internal string FullName { get; }

    /// <summary>Makes one that only this user can read.</summary>
    /// <param name="within">The folder for temporary files.</param>
    /// <param name="start">What its name begins with, and the names of those that are left behind.</param>
    /// <exception cref="OutputException">It cannot be made.</exception>
    internal static HeldFolder Make(string within, string start)
    {
        FileStream? held = null;
        try
        {
            RemoveLeftovers(within, start);
            string folder = Path.Combine(within, $"{start}{Guid.NewGuid():N}");
            held = Lock(folder, FileMode.CreateNew);
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder);
            else
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return new HeldFolder(folder, held);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            held?.Dispose();
            throw new OutputException(
                within, $"no folder can be made there ({e.Message.TrimEnd('.')})", "a folder for temporary files",
                "Set TMPDIR to one with room.", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        using (_lock)
            Directory.Delete(FullName, recursive: true);
    }

    private static FileStream Lock(string folder, FileMode mode) =>
        new(folder + LockEnding, mode, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);

    private static void RemoveLeftovers(string within, string start)
    {
        foreach (string folder in Directory.EnumerateDirectories(within, start + "*"))
        {
            try
            {
                if (!File.Exists(folder + LockEnding))
                    continue; // Not one of these.
                using (Lock(folder, FileMode.Open))
                    Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (InputFile.IsFault(e))
            {
                // Held, or another user's.
            }
        }
    }
}
