using System.IO.Enumeration;
using Screener.Errors;
using Screener.Storage;

namespace Screener.Imaging.Dicom;

/// <summary>The files of a folder.</summary>
internal sealed class FolderContainer : DicomContainer
{
    private readonly string _root;

    public FolderContainer(string root, bool nested)
    {
        _root = root;
        try
        {
            var names = FolderFiles.Of(root, nested, (ref FileSystemEntry entry) => Path.GetRelativePath(root, entry.ToFullPath()));
            Names = [.. names.Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (InputFile.IsFault(error))
        {
            throw Unreadable(root, error);
        }
    }

    public FolderContainer(string file)
    {
        string full = Path.GetFullPath(file);
        (_root, Names) = (Path.GetDirectoryName(full) ?? full, [Path.GetFileName(full)]);
    }

    public FolderContainer(IReadOnlyList<string> files) => (_root, Names) = ("", files);

    public override string FullName(int index) => Path.Combine(_root, Names[index]);

    public override Session Open() => new FolderSession(this);

    private sealed class FolderSession(FolderContainer folder) : Session
    {
        public override int Read(int index, int wanted, ref byte[] buffer, out long total)
        {
            string path = folder.FullName(index);
            try
            {
                using var handle = InputFile.OpenHandle(path, FileOptions.SequentialScan);
                total = RandomAccess.GetLength(handle);
                int count = (int)Math.Min(wanted, total);
                Grow(ref buffer, count);
                int done = 0;
                while (done < count)
                {
                    int read = RandomAccess.Read(handle, buffer.AsSpan(done, count - done), done);
                    if (read == 0)
                        break;
                    done += read;
                }

                if (done < count)
                    total = done;
                return done;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
            {
                throw Unreadable(path, error);
            }
        }

        public override void Dispose()
        {
        }
    }
}
