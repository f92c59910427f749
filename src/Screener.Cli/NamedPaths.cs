using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Cli;

/// <summary>What a command line names to be read and to be written, compared before any work.</summary>
/// <remarks>
/// Paths are compared in full and with their links followed. Nothing that is read may be written, nothing may be written twice, and in a
/// folder that is read no file that is there may be replaced. What is read must be a file or a folder.
/// </remarks>
internal sealed class NamedPaths
{
    private readonly List<(string Option, string Named, string Real)> _read = [], _written = [];

    /// <summary>Files and folders that are read; null for one that is not given.</summary>
    /// <exception cref="MissingInputException">A path leads to a pipe or a device.</exception>
    internal NamedPaths Read(string option, params IEnumerable<string?> paths)
    {
        foreach (string path in paths.OfType<string>().Where(p => p.Length > 0))
        {
            if (InputFile.SpecialKind(path) is { } kind)
                throw new MissingInputException(
                    path, kind, "a file or a folder", "Write what comes from there into a file, and name that.");
            RequireReachable(path);
            _read.Add((option, path, Real(path)));
        }

        return this;
    }

    /// <summary>Files and folders that are written; null for one that is not given.</summary>
    /// <exception cref="OptionException">One is read too, or written already.</exception>
    internal NamedPaths Write(string option, params IEnumerable<string?> paths)
    {
        foreach (string path in paths.OfType<string>().Where(p => p.Length > 0))
        {
            string real = Real(path);
            if (_read.Find(r => Same(r.Real, real)) is { Option: { } reader })
                throw new OptionException(
                    option, $"'{path}', which {reader} names to be read", "another place", "Nothing was changed. Name another.");
            if (_written.Find(w => Same(w.Real, real)) is { Option: { } writer })
                throw new OptionException(
                    option, $"'{path}', which {(writer == option ? "it names twice" : $"{writer} names too")}", "a place of its own",
                    "Nothing was changed. Name another.");
            if (File.Exists(real) && _read.Find(r => Contains(r.Real, real)) is { Option: { } folder, Named: { } named })
                throw new OptionException(
                    option, $"'{path}', which is there already, in '{named}', which {folder} names to be read", "another place",
                    "Nothing was changed. Name another, or delete it first.");
            _written.Add((option, path, real));
        }

        return this;
    }

    /// <summary>The state of work that is gone on with: it may be there, in a folder that is read too.</summary>
    /// <exception cref="OptionException">It is read too, or written already.</exception>
    internal NamedPaths WriteOn(string option, string? path)
    {
        if (path is not null && File.Exists(path) && _read.TrueForAll(r => !Same(r.Real, Real(path))))
            _written.Add((option, path, Real(path)));
        else
            Write(option, path);
        return this;
    }

    // To .NET what lies beyond a folder that may not be searched does not exist.
    private static void RequireReachable(string path)
    {
        try
        {
            File.GetAttributes(path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new MissingInputException(
                path, "in a folder that may not be searched", "a file or a folder that can be reached",
                "Check the permissions of the folders above it.", e);
        }
        catch (IOException)
        {
            // Nothing there: who needs it says so.
        }
    }

    private static bool Same(string a, string b) => RealPath.Comparer.Equals(a, b);

    private static bool Contains(string folder, string file)
    {
        for (string? above = Path.GetDirectoryName(file); above is not null; above = Path.GetDirectoryName(above))
        {
            if (Same(above, folder))
                return true;
        }

        return false;
    }

    private static string Real(string path) => InputFile.Reading(
        path, "a path that leads somewhere", "Check its links.", () => Path.TrimEndingDirectorySeparator(RealPath.Of(path)));
}
