namespace Screener.Kernel.Installation;

/// <summary>Where Jupyter keeps kernel specs, by the rules of its own jupyter_core.</summary>
/// <param name="environment">Gives an environment variable's value, or null.</param>
/// <param name="home">The user's home folder.</param>
public sealed class JupyterPaths(Func<string, string?> environment, string home)
{
    /// <summary>This process's own.</summary>
    public static JupyterPaths OfProcess() => new(
        Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <summary>The user's own folder of kernel specs.</summary>
    public string UserKernels => Path.Combine(DataFolder(), "kernels");

    /// <summary>Every folder in which Jupyter looks for kernel specs, the first one that it finds them in first.</summary>
    public IReadOnlyList<string> Kernels()
    {
        var folders = new List<string>();
        if (Variable("JUPYTER_PATH") is { } path)
            folders.AddRange(path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        folders.Add(DataFolder());
        if (!OperatingSystem.IsWindows())
            folders.Add(Path.Combine(home, ".local", "share", "jupyter"));
        foreach (string? prefix in (string?[])[Variable("VIRTUAL_ENV"), Variable("CONDA_PREFIX"), PrefixOfJupyter()])
        {
            if (prefix is not null)
                folders.Add(Path.Combine(prefix, "share", "jupyter"));
        }

        if (!OperatingSystem.IsWindows())
            folders.AddRange(["/usr/local/share/jupyter", "/usr/share/jupyter"]);
        else if (Variable("PROGRAMDATA") is { } programData)
            folders.Add(Path.Combine(programData, "jupyter"));
        return [.. folders.Select(f => Path.Combine(Path.TrimEndingDirectorySeparator(f), "kernels")).Distinct()];
    }

    /// <summary>The folder of kernel specs under an installation prefix such as <c>/usr/local</c>.</summary>
    public static string KernelsOfPrefix(string prefix) => Path.Combine(Path.GetFullPath(prefix), "share", "jupyter", "kernels");

    private string? Variable(string name) => environment(name) is { Length: > 0 } value ? value : null;

    private string DataFolder()
    {
        if (Variable("JUPYTER_DATA_DIR") is { } folder)
            return folder;
        if (OperatingSystem.IsMacOS())
            return Path.Combine(home, "Library", "Jupyter");
        if (OperatingSystem.IsWindows())
            return Variable("APPDATA") is { } appData
                ? Path.Combine(appData, "jupyter")
                : Path.Combine(Variable("JUPYTER_CONFIG_DIR") ?? Path.Combine(home, ".jupyter"), "data");
        return Path.Combine(Variable("XDG_DATA_HOME") ?? Path.Combine(home, ".local", "share"), "jupyter");
    }

    // An environment of Python that is not activated shows only in where its command lies: PREFIX/bin/jupyter.
    private string? PrefixOfJupyter()
    {
        string name = OperatingSystem.IsWindows() ? "jupyter.exe" : "jupyter";
        string? program = (Variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(
            f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
        return program is null ? null : Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(program)));
    }
}
