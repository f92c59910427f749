using System.IO.Compression;
using System.IO.Enumeration;
using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Datasets;

/// <summary>A file of a raw folder, or an entry of a zip in it.</summary>
/// <param name="Name">Its path in the raw folder, with '/'; an entry's begins with its zip's.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Changed">When it, or its zip, was last written, UTC.</param>
/// <param name="Root">The raw folder's full path.</param>
/// <param name="Entry">Its name in the zip; null for a file.</param>
public sealed record RawFile(string Name, long Length, DateTime Changed, string Root, string? Entry = null)
{
    /// <summary>Bytes on the disk: of an entry those that are packed.</summary>
    public long StoredLength { get; init; } = Length;

    /// <summary>Both lengths.</summary>
    internal (long Length, long Stored) Size => (Length, StoredLength);

    /// <summary>Its full path, or that of its zip. Made when asked for: a raw folder may have millions of files.</summary>
    public string Path => System.IO.Path.Combine(
        Root, (Entry is null ? Name : Name[..^(Entry.Length + 1)]).Replace('/', System.IO.Path.DirectorySeparatorChar));

    /// <summary>Opens it for reading.</summary>
    /// <exception cref="MissingInputException">It cannot be opened.</exception>
    /// <exception cref="VolumeFormatException">Its zip is damaged.</exception>
    public Stream Open()
    {
        try
        {
            if (Entry is null)
                return InputFile.Open(Path, 0);
            var zip = InputFile.OpenZip(Path);
            return new EntryStream(zip, (zip.GetEntry(Entry) ?? throw new InvalidDataException("the entry is gone")).Open());
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(
                Name, $"a damaged or unusual zip ({e.Message.TrimEnd('.')})", "a whole zip", "Fetch it again from its source.", e);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw new MissingInputException(
                Name, e.Message.TrimEnd('.'), "a file that can be read", "Check the path and its permissions.", e);
        }
    }

    /// <summary>
    /// The files of a folder and its subfolders, in the order of their names. Links to files are followed, links to folders are not.
    /// </summary>
    /// <param name="root">The raw folder.</param>
    /// <param name="insideZips">Whether the entries of zips stand in their place.</param>
    /// <param name="cancellation">Stops the search.</param>
    /// <exception cref="MissingInputException">The folder is not there or cannot be read.</exception>
    /// <exception cref="VolumeFormatException">A zip is damaged.</exception>
    public static IReadOnlyList<RawFile> Find(string root, bool insideZips, CancellationToken cancellation = default) => Find(
        root, "", nested: true, insideZips, cancellation);

    /// <summary>
    /// Parts in which a large folder can be searched one after the other, so that its millions of files need not be held at a
    /// time: its first level that has more than one folder.
    /// </summary>
    /// <returns>Parts for <see cref="Find(string, string, bool, bool, CancellationToken)"/>, in the order of their names; without its
    /// subfolders where Nested is false.</returns>
    /// <exception cref="MissingInputException">The folder is not there or cannot be read.</exception>
    internal static IReadOnlyList<(string Part, bool Nested)> Parts(string root)
    {
        if (!Directory.Exists(root))
            return [("", true)];
        try
        {
            var parts = new List<(string, bool)>();
            string part = "";
            while (true)
            {
                parts.Add((part, false));
                string[] folders = [
                    .. new DirectoryInfo(System.IO.Path.Combine(root, part)).EnumerateDirectories().Where(
                        d => (d.Attributes & FileAttributes.ReparsePoint) == 0).Select(d => System.IO.Path.Combine(part, d.Name)).Order(
                            StringComparer.Ordinal)];
                if (folders.Length != 1)
                    return [.. parts, .. folders.Select(f => (f, true))];
                part = folders[0];
            }
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw new MissingInputException(root, e.Message.TrimEnd('.'), "a folder that can be read", "Check its permissions.", e);
        }
    }

    /// <summary>The files of a part of a folder.</summary>
    internal static IReadOnlyList<RawFile> Find(string root, string part, bool nested, bool insideZips, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(root);
        if (!Directory.Exists(root))
            throw new MissingInputException(
                root, File.Exists(root) ? "a file" : "nothing there", "the folder of the raw data", "Check the path.");
        string full = System.IO.Path.GetFullPath(root);
        try
        {
            var files = FolderFiles.Of(System.IO.Path.Combine(full, part), nested, (ref FileSystemEntry entry) => new RawFile(
                System.IO.Path.GetRelativePath(full, entry.ToFullPath()).Replace(System.IO.Path.DirectorySeparatorChar, '/'),
                entry.Length, entry.LastWriteTimeUtc.UtcDateTime, full));
            var all = new List<RawFile>();
            foreach (var file in files)
            {
                cancellation.ThrowIfCancellationRequested();
                if (insideZips && file.Name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase))
                    all.AddRange(Entries(file));
                else
                    all.Add(file);
            }

            all.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
            return all;
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw new MissingInputException(root, e.Message.TrimEnd('.'), "a folder that can be read", "Check its permissions.", e);
        }
    }

    private static List<RawFile> Entries(RawFile zip)
    {
        try
        {
            using var archive = InputFile.OpenZip(zip.Path);
            return [.. archive.Entries.Where(e => !e.FullName.EndsWith('/')).Select(
                e => new RawFile($"{zip.Name}/{e.FullName}", e.Length, zip.Changed, zip.Root, e.FullName)
                {
                    StoredLength = e.CompressedLength,
                })];
        }
        catch (InvalidDataException e)
        {
            throw new VolumeFormatException(
                zip.Path, $"a damaged or unusual zip ({e.Message.TrimEnd('.')})", "a whole zip",
                "Fetch it again from its source, or move it out of the folder.", e);
        }
    }

    // Closing an entry's stream leaves its zip open.
    private sealed class EntryStream(ZipArchive zip, Stream entry) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => entry.Read(buffer, offset, count);

        public override int Read(Span<byte> buffer) => entry.Read(buffer);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
            // Read-only: nothing is held back.
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                entry.Dispose();
                zip.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
