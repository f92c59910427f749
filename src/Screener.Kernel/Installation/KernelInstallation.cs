namespace Screener.Kernel.Installation;

/// <summary>Makes this kernel known to Jupyter, and unknown again.</summary>
/// <param name="paths">Where Jupyter looks.</param>
public sealed class KernelInstallation(JupyterPaths paths)
{
    /// <summary>
    /// Installs the kernel under its own name. .NET Interactive's name is its own: what an earlier version wrote there is removed.
    /// </summary>
    /// <param name="write">Writes a text to a path, whole or not at all.</param>
    /// <param name="prefix">An installation prefix such as <c>/usr/local</c>; null for the user's own folder.</param>
    /// <returns>What was written, or what somebody else has under the name.</returns>
    /// <exception cref="IOException">A folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be written.</exception>
    public KernelSpec Install(Action<string, string> write, string? prefix = null)
    {
        string target = Target(prefix);
        Remove(target, KernelSpec.DotNetInteractiveName);
        return KernelSpec.Find(target, KernelSpec.OwnName) is { IsOurs: false } foreign ? foreign : KernelSpec.Write(target, write);
    }

    /// <summary>Removes what <see cref="Install"/> wrote, and nothing else.</summary>
    /// <param name="prefix">The prefix that was installed to; null for the user's own folder.</param>
    /// <returns>What was removed.</returns>
    /// <exception cref="IOException">A folder cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be removed.</exception>
    public IReadOnlyList<KernelSpec> Uninstall(string? prefix = null)
    {
        string target = Target(prefix);
        return [.. Remove(target, KernelSpec.OwnName), .. Remove(target, KernelSpec.DotNetInteractiveName)];
    }

    /// <summary>Every kernel spec of C# that Jupyter finds: ours and .NET Interactive's.</summary>
    public IReadOnlyList<KernelSpec> List() =>
        [.. paths.Kernels().SelectMany(KernelSpec.All).Where(s => s.IsOurs || s.Name == KernelSpec.DotNetInteractiveName)];

    /// <summary>The folder of kernel specs that is written to.</summary>
    /// <param name="prefix">An installation prefix; null for the user's own folder.</param>
    public string Target(string? prefix) => prefix is null ? paths.UserKernels : JupyterPaths.KernelsOfPrefix(prefix);

    private static IReadOnlyList<KernelSpec> Remove(string kernels, string name)
    {
        if (KernelSpec.Find(kernels, name) is not { IsOurs: true } spec)
            return [];
        Directory.Delete(spec.Folder, recursive: true);
        return [spec];
    }
}
