using Microsoft.Win32.SafeHandles;
using Screener.Errors;
using Screener.Storage;

namespace Screener.Evaluation;

/// <summary>Keeps sorted runs: in memory up to a budget, then in one temporary file that no one else can see and that vanishes with the process.</summary>
internal sealed class ScoreRunSpool(long memoryBudget, string? folder) : IDisposable
{
    /// <summary>Memory of all read buffers of one pass together, and the bounds of one of them.</summary>
    private const int ReadMemory = 32 << 20, MinReadBuffer = 4 << 10, MaxReadBuffer = 256 << 10;

    private readonly List<ScoreRun> _runs = [];
    private SafeFileHandle? _file;
    private long _inMemory, _inFile;

    private string Folder => folder ?? Path.GetTempPath();

    /// <summary>Every run kept, in the order of arrival.</summary>
    internal IReadOnlyList<ScoreRun> Runs => _runs;

    /// <summary>Bytes of runs in memory and in the temporary file.</summary>
    internal (long Memory, long File) Size => (_inMemory, _inFile);

    /// <summary>Keeps one run.</summary>
    /// <exception cref="OutputException">The temporary file cannot be written.</exception>
    internal void Add(int caseIndex, bool positive, byte[] bytes)
    {
        if (_inMemory + bytes.Length <= memoryBudget)
        {
            _runs.Add(new ScoreRun(caseIndex, positive, bytes, 0, bytes.Length));
            _inMemory += bytes.Length;
            return;
        }

        try
        {
            _file ??= Create();
            RandomAccess.Write(_file, bytes, _inFile);
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            throw new OutputException(
                Folder,
                $"the temporary file of the evaluation cannot be written ({e.Message})",
                $"a writable folder with room for {_inFile + bytes.Length} bytes of sorted scores",
                $"Make room there, or set {nameof(EvaluationOptions.TemporaryFolder)}.",
                e);
        }

        _runs.Add(new ScoreRun(caseIndex, positive, null, _inFile, bytes.Length));
        _inFile += bytes.Length;
    }

    /// <summary>Readers of the given runs, whose buffers share a fixed amount of memory.</summary>
    internal ScoreRunReader[] Open(IReadOnlyList<ScoreRun> runs)
    {
        int buffer = Math.Clamp(ReadMemory / Math.Max(1, runs.Count), MinReadBuffer, MaxReadBuffer);
        var readers = new ScoreRunReader[runs.Count];
        for (int i = 0; i < readers.Length; i++)
            readers[i] = new ScoreRunReader(runs[i], _file, buffer);
        return readers;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
        _runs.Clear();
    }

    private SafeFileHandle Create()
    {
        string path = Path.Combine(Folder, $"screener-scores-{Guid.NewGuid():N}.tmp");
        var file = File.OpenHandle(
            path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete,
            FileOptions.DeleteOnClose | FileOptions.RandomAccess);
        // Without a name the file goes even if the process is killed; Windows does so by itself for a handle opened like this.
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return file;
    }
}
