using Screener.Errors;
using Screener.Imaging;
using Screener.Storage;

namespace Screener.Cli;

/// <summary>What a command line names to be read and to be written, compared before any work.</summary>
/// <remarks>
/// Paths are compared in full and with their links followed, in whatever order they are named. Nothing that is read may be written,
/// nothing may be written twice, and in a folder that is read no file that is there may be replaced. What is read must be a file or a
/// folder.
/// </remarks>
internal sealed class NamedPaths
{
    private readonly List<(string Option, string Named, string Real)> _read = [];
    private readonly List<(string Option, string Named, string Real, Stand Stand)> _written = [];

    // How what is written stands to what is there already.
    private enum Stand
    {
        New,
        GoneOnWith,
        MadeAnew,
    }

    /// <summary>Files and folders that are read; null for one that is not given.</summary>
    /// <exception cref="MissingInputException">A path leads to a pipe or a device.</exception>
    /// <exception cref="OptionException">One is written too.</exception>
    internal NamedPaths Read(string option, params IEnumerable<string?> paths)
    {
        foreach (string path in paths.OfType<string>().Where(p => p.Length > 0))
        {
            if (InputFile.SpecialKind(path) is { } kind)
                throw new MissingInputException(
                    path, kind, "a file or a folder", "Write what comes from there into a file, and name that.");
            RequireReachable(path);
            _read.Add((option, path, Real(path)));
            _written.ForEach(w => RequireApart(_read[^1], w));
        }

        return this;
    }

    /// <summary>Files and folders that are written; null for one that is not given.</summary>
    /// <exception cref="OptionException">One is read too, or written already.</exception>
    internal NamedPaths Write(string option, params IEnumerable<string?> paths) => Write(Stand.New, option, paths);

    /// <summary>The state of work that is gone on with: it may be there, in a folder that is read too.</summary>
    /// <exception cref="OptionException">It is read too, or written already.</exception>
    internal NamedPaths WriteOn(string option, string? path) => Write(Stand.GoneOnWith, option, [path]);

    /// <summary>Files and folders that are made anew where they are there: nothing that is read may lie in them.</summary>
    /// <exception cref="OptionException">One is read too, or holds what is, or is written already.</exception>
    internal NamedPaths MakeAnew(string option, params IEnumerable<string> paths) => Write(Stand.MadeAnew, option, paths);

    private NamedPaths Write(Stand stand, string option, IEnumerable<string?> paths)
    {
        foreach (string path in paths.OfType<string>().Where(p => p.Length > 0))
        {
            string real = Real(path);
            if (_written.Find(w => Same(w.Real, real)) is { Option: { } writer })
                throw new OptionException(
                    option, $"'{path}', which {(writer == option ? "it names twice" : $"{writer} names too")}", "a place of its own",
                    "Nothing was changed. Name another.");
            _written.Add((option, path, real, stand));
            _read.ForEach(r => RequireApart(r, _written[^1]));
        }

        return this;
    }

    private static void RequireApart(
        (string Option, string Named, string Real) read, (string Option, string Named, string Real, Stand Stand) written)
    {
        if (Same(read.Real, written.Real))
            throw new OptionException(
                written.Option, $"'{written.Named}', which {read.Option} names to be read", "another place",
                "Nothing was changed. Name another.");
        if (written.Stand == Stand.MadeAnew && Contains(written.Real, read.Real))
            throw new OptionException(
                written.Option, $"'{written.Named}', in which lies '{read.Named}', which {read.Option} names to be read", "another place",
                "Nothing was changed. Name another.");
        if (written.Stand == Stand.New && File.Exists(written.Real) && Contains(read.Real, written.Real))
            throw new OptionException(
                written.Option, $"'{written.Named}', which is there already, in '{read.Named}', which {read.Option} names to be read",
                "another place", "Nothing was changed. Name another, or delete it first.");
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
