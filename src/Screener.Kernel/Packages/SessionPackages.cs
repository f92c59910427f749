using System.Net;
using System.Reflection;
using Microsoft.DotNet.Interactive.Formatting;
using Screener.Kernel.Language;

namespace Screener.Kernel.Packages;

/// <summary>The packages of a session: what cells have asked for, and what that has brought in.</summary>
internal sealed class SessionPackages(CellAssemblies assemblies, CellReferences references, PackageRestore restore)
{
    private readonly Dictionary<string, RestoredPackage> loaded = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<PackageRequest> accepted = [];
    private readonly List<PackageRequest> asked = [];
    private readonly List<string> sources = [];

    /// <summary>Whether a cell has asked for something since the last restore.</summary>
    public bool IsPending => asked.Count > 0;

    /// <summary>Takes note of an <c>#i</c>: a feed, or a folder, which may be given relative to the current one.</summary>
    public void AddSource(string argument)
    {
        var source = argument.StartsWith("nuget:", StringComparison.OrdinalIgnoreCase)
            ? argument["nuget:".Length..].Trim()
            : argument.Trim();
        var isAddress = Uri.TryCreate(source, UriKind.Absolute, out var address) && !address.IsFile;
        if (!isAddress && !Directory.Exists(source))
            throw new PackageException($"#i \"{argument}\": there is no such folder, and it is no address of a feed.");
        var full = isAddress ? source : Path.GetFullPath(source);
        if (!sources.Contains(full))
            sources.Add(full);
    }

    /// <summary>Takes note of an <c>#r "nuget: ..."</c>.</summary>
    /// <exception cref="PackageException">It names no package, or another version of one that is in use.</exception>
    public void Request(string argument)
    {
        var request = PackageRequest.Parse(argument);
        if (request.IsOne && loaded.TryGetValue(request.Id, out var known) && known.Version != request.Version)
            throw new PackageException(
                $"{request.Id} {request.Version} cannot be added, because this session uses version {known.Version}. Restart the kernel "
                + $"and ask for {request.Version} first.");
        asked.Add(request);
    }

    /// <summary>Forgets what was asked for since the last restore.</summary>
    public void Forget() => asked.Clear();

    /// <summary>Fetches what was asked for and makes it known to the cells; shows that it does so.</summary>
    /// <returns>The packages that the session did not have before; what others depend on comes first.</returns>
    /// <exception cref="PackageException">It cannot be had. Nothing has changed then.</exception>
    public async Task<IReadOnlyList<RestoredPackage>> RestoreAsync(ICellOutput output, CancellationToken stop)
    {
        var requests = asked.ToArray();
        asked.Clear();
        var id = Guid.NewGuid().ToString("N");
        output.Show(
            Message("Restoring packages…",
                requests.Select(request => request.IsFloating ? request.Id : $"{request.Id}, {request.Version}")), id);
        try
        {
            PackageRequest[] added = [.. requests.Where(request => !loaded.ContainsKey(request.Id))];
            IReadOnlyList<RestoredPackage> arrived = added.Length == 0 ? [] : await AddAsync(added, stop).ConfigureAwait(false);
            var installed = requests.Select(request => loaded[request.Id]).Distinct().Select(package => $"{package.Id}, {package.Version}");
            output.Update(Message("Installed Packages", installed, arrived.SelectMany(NotLoaded)), id);
            return arrived;
        }
        catch
        {
            output.Update(Message("Not installed", requests.Select(request => request.Id)), id);
            throw;
        }
    }

    private async Task<IReadOnlyList<RestoredPackage>> AddAsync(PackageRequest[] added, CancellationToken stop)
    {
        var restored = await restore.RunAsync([.. accepted, .. added], sources, Directory.GetCurrentDirectory(), stop).ConfigureAwait(
            false);
        RestoredPackage[] arrived = [.. restored.Packages.Where(package => !loaded.ContainsKey(package.Id))];
        foreach (var package in restored.Packages)
        {
            if (loaded.TryGetValue(package.Id, out var known) && known.Version != package.Version && known.Assemblies.Count > 0)
            {
                throw new PackageException(
                    $"{string.Join(", ", added.Select(request => request.Id))} would need {package.Id} {package.Version}, but this "
                    + $"session uses {known.Version}. Restart the kernel and ask for all packages in the first cell.");
            }
        }

        var frameworks = restored.SharedFrameworks.SelectMany(FrameworkFiles).ToArray();
        foreach (var package in arrived)
        {
            Add(package.Assemblies);
            assemblies.AddNative(package.NativeFiles);
            loaded.Add(package.Id, package);
        }

        Add(frameworks);
        // From now on the version that was found is the one that is meant.
        accepted.AddRange(added.Select(request => request with { Version = loaded[request.Id].Version }));
        return arrived;
    }

    private void Add(IEnumerable<string> paths)
    {
        foreach (var path in paths)
        {
            // .NET's own copy stays unless the package's is newer, and the kernel's own in any case.
            var name = Path.GetFileNameWithoutExtension(path);
            if (CellReferences.IsShared(name) || !CellReferences.IsManaged(path)
                || (CellReferences.FrameworkVersion(name) is { } own && own >= AssemblyName.GetAssemblyName(path).Version))
                continue;
            if (assemblies.Add(path))
                references.Add(path);
        }
    }

    private static IReadOnlyList<string> FrameworkFiles(string name) =>
        name == "Microsoft.NETCore.App" ? [] : RestoredPackages.FrameworkFiles(name)
            ?? throw new PackageException(
                $"A package needs {name} {Environment.Version.ToString(2)}, which is not installed beside this .NET.");

    private static IEnumerable<string> NotLoaded(RestoredPackage package) => package.ExtensionAssemblies.Select(file =>
        $"{Path.GetFileName(file)} of {package.Id} is not loaded: it extends .NET Interactive itself. Here a package extends the session "
        + $"by a script, extension.dib.");

    // As .NET Interactive shows it.
    private static MimeBundle Message(string title, IEnumerable<string> packages, params IEnumerable<string> notes) => MimeBundle.Of(
        HtmlFormatter.MimeType,
        $"<div><strong>{title}</strong><ul>{
        string.Concat(packages.Select(package => $"<li><span>{WebUtility.HtmlEncode(package)}</span></li>"))}</ul>"
        + $"{string.Concat(notes.Select(note => $"<small>{WebUtility.HtmlEncode(note)}</small>"))}</div>");
}
