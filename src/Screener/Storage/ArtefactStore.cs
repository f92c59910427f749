using System.Collections.Concurrent;
using System.IO.Enumeration;
using Screener.Errors;

namespace Screener.Storage;

/// <summary>What is known of something that was made.</summary>
/// <param name="Key">The content of all that it was made of.</param>
/// <param name="Made">The content of the files that it consists of; null while it is being made.</param>
/// <param name="Seconds">How long the making took.</param>
/// <param name="PeakMemoryBytes">The most memory that the making took.</param>
public sealed record Artefact(string Key, string? Made, double Seconds, long PeakMemoryBytes);

/// <summary>
/// Things that are made of other things, made once: each is kept with a key of the content of everything that it was made of, every file
/// included, and made again only if that is another now, or if its own files are not what they were.
/// </summary>
/// <remarks>Files are told by their content and their place in the folder that was named, so that all of it may be moved.</remarks>
/// <param name="folder">Where the keys are kept, a JSON file for each thing.</param>
public sealed class ArtefactStore(string folder)
{
    // Of files that have not been written to since they were read. A chain looks at most files several times.
    private readonly ConcurrentDictionary<(string Path, long Length, DateTime Written), string> _keys = [];

    /// <summary>Makes something, unless it is there.</summary>
    /// <param name="name">Its name; it may be the name of a file.</param>
    /// <param name="recipe">How it is made, as JSON shows it: all that counts beside the files and this library's arithmetic.</param>
    /// <param name="inputs">The files and folders that it is made of.</param>
    /// <param name="outputs">The files and folders that it consists of. Removed before it is made of something else, but
    /// never where the store has no record of it.</param>
    /// <param name="make">Makes it, or goes on where it was stopped, and says what it took.</param>
    /// <param name="cancellation">Stops the reading of the files.</param>
    /// <returns>What it took, now or before, and whether that was before.</returns>
    /// <exception cref="ScreenerException">A file cannot be read, written or removed, or the making failed.</exception>
    public (Artefact Artefact, bool IsKept) Make(
        string name, object recipe, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs,
        Func<(double Seconds, long PeakMemoryBytes)> make, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(make);
        string record = Path.Combine(folder, name + ".json");
        string key = ContentKey.Of(new { recipe, arithmetic = ContentKey.Arithmetic, inputs = KeyOf(inputs, cancellation) });
        var before = StoredJson.TryRead<Artefact>(record);
        if (before?.Key == key && before.Made == KeyOf(outputs, cancellation))
            return (before, true);

        // Half of it may be gone on with, if it is half of the same.
        if (before?.Key != key || before.Made is not null)
        {
            if (!File.Exists(record))
                RequireNothing(outputs);
            Remove(outputs);
        }

        Write(new Artefact(key, null, 0, 0));
        var (seconds, bytes) = make();
        var made = new Artefact(key, KeyOf(outputs, cancellation), seconds, bytes);
        Write(made);
        return (made, false);

        void Write(Artefact artefact) => AtomicFile.WriteText(record, StoredJson.Write(artefact).GetRawText() + "\n");
    }

    /// <summary>Refuses what is there before anything was made, so that long work does not end at it.</summary>
    /// <param name="outputs">Files and folders that are going to be made.</param>
    /// <exception cref="OutputException">The store is new, and one of them is there.</exception>
    public void RequireOwn(IEnumerable<string> outputs)
    {
        if (!Directory.Exists(folder))
            RequireNothing(outputs);
    }

    private static void RequireNothing(IEnumerable<string> outputs)
    {
        if (outputs.FirstOrDefault(Path.Exists) is { } foreign)
            throw new OutputException(
                foreign, "it is there, and no record says that it was made here", "a place with nothing there",
                "It is as it was. Move it away, or name another folder.");
    }

    private static void Remove(IReadOnlyList<string> paths)
    {
        foreach (string path in paths)
        {
            try
            {
                if (Directory.Exists(path))
                    Directory.Delete(path, recursive: true);
                else if (File.Exists(path))
                    File.Delete(path);
            }
            catch (Exception e) when (InputFile.IsFault(e))
            {
                throw new OutputException(path, $"it cannot be removed ({e.Message})", "a writable folder", "Remove it by hand.", e);
            }
        }
    }

    /// <summary>The content of files, and of all files in folders, with their names; nothing for what is not there.</summary>
    private string KeyOf(IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        return ContentKey.Of(paths.Select(path => FilesOf(path).Select(
            file => new { Name = Path.GetRelativePath(path, file), Key = KeyOfFile(file) })));

        static IEnumerable<string> FilesOf(string path) => Directory.Exists(path)
            ? FolderFiles.Of(path, nested: true, (ref FileSystemEntry e) => e.ToSpecifiedFullPath()).Order(StringComparer.Ordinal)
            : File.Exists(path) ? [path] : [];

        string KeyOfFile(string file)
        {
            cancellation.ThrowIfCancellationRequested();
            var info = new FileInfo(file);
            return _keys.GetOrAdd((file, info.Length, info.LastWriteTimeUtc), _ => ContentKey.OfFile(file)!);
        }
    }
}
