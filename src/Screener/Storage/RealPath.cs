namespace Screener.Storage;

/// <summary>Where a path leads: full, with the links in all of its parts followed. Two paths of one file become equal.</summary>
public static class RealPath
{
    private const int MaxLinks = 64;

    /// <summary>How names are compared: capitals count where the system's files usually have them apart.</summary>
    public static StringComparer Comparer { get; } = OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>The path with no link in it. What is not there is taken for a file to come.</summary>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static string Of(string path)
    {
        string full = Path.GetFullPath(path), real = Path.GetPathRoot(full)!;
        var parts = new Stack<string>();
        Push(parts, full);
        for (int links = 0; parts.TryPop(out string? part);)
        {
            if (part == "..")
            {
                real = Path.GetDirectoryName(real) ?? real;
                continue;
            }

            string next = Path.Combine(real, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                real = next;
                continue;
            }

            if (++links > MaxLinks)
                throw new IOException("its links lead in a circle");
            if (Path.IsPathRooted(target))
                real = Path.GetPathRoot(target)!;
            Push(parts, target);
        }

        return real;
    }

    private static void Push(Stack<string> parts, string path)
    {
        string[] names = path[(Path.GetPathRoot(path) ?? "").Length..].Split(
            [Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        foreach (string name in names.Reverse().Where(n => n != "."))
            parts.Push(name);
    }
}
