namespace Screener.Kernel.Installation;

/// <summary>Makes this kernel known to Jupyter, and unknown again.</summary>
/// <param name="paths">Where Jupyter looks.</param>
public sealed class KernelInstallation(JupyterPaths paths)
{
    /// <summary>
    /// Installs the kernel under its own name, and also under .NET Interactive's where no kernel of that name is installed anywhere: then
    /// notebooks made for either open on this one without a question.
    /// </summary>
    /// <param name="prefix">An installation prefix such as <c>/usr/local</c>; null for the user's own folder.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="IOException">A folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be written.</exception>
    public IReadOnlyList<KernelSpec> Install(string? prefix = null)
    {
        string target = prefix is null ? paths.UserKernels : JupyterPaths.KernelsOfPrefix(prefix);
        var written = new List<KernelSpec>();
        if (KernelSpec.Find(target, KernelSpec.OwnName) is not { IsOurs: false })
            written.Add(KernelSpec.Write(target, KernelSpec.OwnName));
        if (Foreign(target) is null)
            written.Add(KernelSpec.Write(target, KernelSpec.DotNetInteractiveName));
        return written;
    }

    /// <summary>.NET Interactive's own kernel spec, or null if it is not installed.</summary>
    /// <param name="more">A folder of kernel specs to look in beside Jupyter's.</param>
    public KernelSpec? Foreign(string? more = null) => paths.Kernels().Append(more).OfType<string>().Distinct()
        .Select(f => KernelSpec.Find(f, KernelSpec.DotNetInteractiveName)).FirstOrDefault(s => s is { IsOurs: false });

    /// <summary>Removes what <see cref="Install"/> wrote, and nothing else.</summary>
    /// <param name="prefix">The prefix that was installed to; null for the user's own folder.</param>
    /// <returns>What was removed.</returns>
    /// <exception cref="IOException">A folder cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be removed.</exception>
    public IReadOnlyList<KernelSpec> Uninstall(string? prefix = null)
    {
        string target = prefix is null ? paths.UserKernels : JupyterPaths.KernelsOfPrefix(prefix);
        var removed = new List<KernelSpec>();
        foreach (string name in (string[])[KernelSpec.OwnName, KernelSpec.DotNetInteractiveName])
        {
            if (KernelSpec.Find(target, name) is not { IsOurs: true } spec)
                continue;
            Directory.Delete(spec.Folder, recursive: true);
            removed.Add(spec);
        }

        return removed;
    }

    /// <summary>Every kernel spec of C# that Jupyter finds: ours and .NET Interactive's.</summary>
    public IReadOnlyList<KernelSpec> List() =>
        [.. paths.Kernels().SelectMany(KernelSpec.All).Where(s => s.IsOurs || s.Name == KernelSpec.DotNetInteractiveName)];
}
