using System.Runtime.ExceptionServices;
using Screener.Errors;
using Screener.Storage;

namespace Screener.Imaging.Dicom;

/// <summary>The files among which a series is looked for: a folder's, or the entries of a zip.</summary>
internal abstract class DicomContainer
{
    /// <summary>No file above this size is a CT slice: 64 MiB.</summary>
    internal const int MaxFileBytes = 64 << 20;

    // Files above this size are rare; no more of them than this are in memory at a time, however many threads there are.
    private const int SmallFileBytes = 8 << 20, LargeFilesAtATime = 2;

    /// <summary>The files' names, in ordinal order: within the folder, or within the zip.</summary>
    public IReadOnlyList<string> Names { get; protected init; } = [];

    /// <summary>The path and name of a file, for messages and provenance.</summary>
    public abstract string FullName(int index);

    /// <summary>Opens the container for one thread.</summary>
    public abstract Session Open();

    /// <summary>
    /// Does something for the items 0 .. <paramref name="count"/> - 1 on several threads, each with a session and a buffer of its own.
    /// </summary>
    /// <remarks>
    /// Items are claimed in order. When one fails, those claimed before it are still finished, so that the failure that is
    /// reported, the first, does not depend on the number of threads.
    /// </remarks>
    /// <exception cref="ScreenerException">The first item that failed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void ForEach(
        int count, int threads, Action<Session, int, Workspace> body, Action<double>? progress, CancellationToken cancellation)
    {
        int next = -1, done = 0, failed = int.MaxValue;
        ExceptionDispatchInfo? failure = null;
        var gate = new Lock();
        using var largeFiles = new SemaphoreSlim(LargeFilesAtATime);

        void Fail(int item, ScreenerException error)
        {
            lock (gate)
            {
                if (item < failed)
                    (failed, failure) = (item, ExceptionDispatchInfo.Capture(error));
            }
        }

        void Work()
        {
            int item = -1;
            try
            {
                using var session = Open();
                using var workspace = new Workspace(largeFiles);
                while (Volatile.Read(ref failed) == int.MaxValue && !cancellation.IsCancellationRequested
                    && (item = Interlocked.Increment(ref next)) < count)
                {
                    body(session, item, workspace);
                    workspace.Release();
                    lock (gate)
                        progress?.Invoke((double)++done / count);
                }
            }
            catch (ScreenerException error)
            {
                Fail(item, error);
            }
        }

        int workers = Math.Min(count, threads > 0 ? threads : Environment.ProcessorCount);
        var others = Enumerable.Range(1, Math.Max(0, workers - 1)).Select(_ => Task.Run(Work, CancellationToken.None)).ToArray();
        Work();
        Task.WhenAll(others).GetAwaiter().GetResult();
        cancellation.ThrowIfCancellationRequested();
        failure?.Throw();
    }

    /// <summary>What one thread reuses from file to file.</summary>
    /// <param name="largeFiles">Shared by the threads; null for one that works alone.</param>
    public sealed class Workspace(SemaphoreSlim? largeFiles = null) : IDisposable
    {
        /// <summary>The bytes of a file.</summary>
        public byte[] Bytes = [];

        private bool _isLarge;

        /// <summary>Waits for its turn before a file of so many bytes is read, if that is a large one.</summary>
        public void Reserve(long bytes)
        {
            if (_isLarge || bytes <= SmallFileBytes || largeFiles is null)
                return;
            largeFiles.Wait();
            _isLarge = true;
        }

        /// <summary>Gives back what a large file took.</summary>
        public void Release()
        {
            if (!_isLarge)
                return;
            (Bytes, _isLarge) = ([], false);
            largeFiles!.Release();
        }

        /// <inheritdoc/>
        public void Dispose() => Release();
    }

    /// <summary>The container at a path.</summary>
    /// <param name="path">A folder (read with its subfolders) or a zip.</param>
    /// <exception cref="MissingInputException">It is not there or cannot be read.</exception>
    /// <exception cref="VolumeFormatException">The zip is damaged.</exception>
    public static DicomContainer Of(string path) => Directory.Exists(path)
        ? new FolderContainer(path, nested: true)
        : new ZipContainer(path);

    /// <summary>The files of one folder without its subfolders.</summary>
    public static DicomContainer OfFlat(string folder) => new FolderContainer(folder, nested: false);

    /// <summary>One file.</summary>
    public static DicomContainer OfFile(string file) => new FolderContainer(file);

    /// <summary>Some files, wherever they lie.</summary>
    public static DicomContainer OfFiles(IReadOnlyList<string> files) => new FolderContainer(files);

    /// <summary>True if the file's first bytes are a zip's, if only of an empty one.</summary>
    public static bool IsZip(string path)
    {
        using var handle = InputFile.OpenHandle(path);
        Span<byte> head = stackalloc byte[4];
        return RandomAccess.Read(handle, head, 0) == 4 && (head.SequenceEqual("PK\x03\x04"u8) || head.SequenceEqual("PK\x05\x06"u8));
    }

    private protected static MissingInputException Unreadable(string path, Exception error) =>
        new(path, error.Message.TrimEnd('.'), "a file that can be read", "Check the path and its permissions.", error);

    /// <summary>One thread's access.</summary>
    public abstract class Session : IDisposable
    {
        /// <summary>Reads a file from its start.</summary>
        /// <param name="index">Its number in <see cref="Names"/>.</param>
        /// <param name="wanted">The number of bytes wanted; more than the file has means all.</param>
        /// <param name="buffer">Receives them; replaced by a larger one where needed.</param>
        /// <param name="total">The file's length; never more than can be there.</param>
        /// <returns>The number of bytes read: <paramref name="wanted"/> or all.</returns>
        /// <exception cref="ScreenerException">The file cannot be read, or is damaged.</exception>
        public abstract int Read(int index, int wanted, ref byte[] buffer, out long total);

        /// <summary>The bytes that a file of this length takes on the disk.</summary>
        public virtual long StoredBytes(int index, long total) => total;

        /// <inheritdoc/>
        public abstract void Dispose();

        private protected static void Grow(ref byte[] buffer, long size)
        {
            if (buffer.Length < size)
                buffer = new byte[size];
        }
    }
}
