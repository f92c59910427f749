using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Screener.Kernel.Client;

namespace Screener.Kernel.Packages;

/// <summary>Lets NuGet choose and fetch packages, by <c>dotnet restore</c> on a project that asks for them.</summary>
/// <param name="place">The folder in which the projects lie.</param>
internal sealed partial class PackageRestore(string place)
{
    private static readonly string Framework = $"net{Environment.Version.Major}.{Environment.Version.Minor}";

    /// <summary>The place for the user of this machine.</summary>
    public static string UserFolder => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "screener",
        "kernel", "restored");

    /// <summary>Restores packages. Done once for the same requests, sources and settings, unless a version floats.</summary>
    /// <param name="requests">What is asked for.</param>
    /// <param name="sources">Feeds and folders beside those that are configured.</param>
    /// <param name="folder">The notebook's folder: a nuget.config in it or above counts.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="PackageException">They cannot be had; says what NuGet says.</exception>
    public async Task<RestoredPackages> RunAsync(
        IReadOnlyCollection<PackageRequest> requests, IReadOnlyCollection<string> sources, string folder, CancellationToken stop)
    {
        var project = Project(requests, sources, folder);
        var own = Directory.CreateDirectory(Path.Combine(place, Key(project, folder))).FullName;
        // Two kernels that want the same must not write one project's files at once.
        await using var turn = await TakeTurnAsync(Path.Combine(own, "turn"), stop).ConfigureAwait(false);
        var assets = Path.Combine(own, "obj", "project.assets.json");
        var finished = Path.Combine(own, "finished");
        if (File.Exists(finished) && File.Exists(assets) && !requests.Any(request => request.IsFloating)
            && RestoredPackages.Read(assets, Target) is var known && known.Exist())
            return known;

        File.Delete(finished);
        var file = Path.Combine(own, "cells.csproj");
        await File.WriteAllTextAsync(file, project, stop).ConfigureAwait(false);
        await RestoreAsync(file, requests, stop).ConfigureAwait(false);
        var restored = RestoredPackages.Read(assets, Target);
        ThrowIfOther(requests, restored);
        await File.WriteAllTextAsync(finished, "", stop).ConfigureAwait(false);
        return restored;
    }

    private static string Target => $"{Framework}/{RuntimeInformation.RuntimeIdentifier}";

    // Nothing of what lies in the folders above takes part, except NuGet's own settings, and those from the notebook's folder on.
    private static string Project(IReadOnlyCollection<PackageRequest> requests, IReadOnlyCollection<string> sources, string folder) =>
        $"""
        <Project>
          <PropertyGroup>
            <ImportDirectoryBuildProps>false</ImportDirectoryBuildProps>
            <ImportDirectoryBuildTargets>false</ImportDirectoryBuildTargets>
            <ImportDirectoryPackagesProps>false</ImportDirectoryPackagesProps>
            <TargetFramework>{Framework}</TargetFramework>
            <RuntimeIdentifier>{RuntimeInformation.RuntimeIdentifier}</RuntimeIdentifier>
            <SelfContained>false</SelfContained>
            <UseAppHost>false</UseAppHost>
            <EnableDefaultItems>false</EnableDefaultItems>
            <NuGetAudit>false</NuGetAudit>
            <RestoreRootConfigDirectory>{SecurityElement.Escape(folder)}</RestoreRootConfigDirectory>
            <RestoreAdditionalProjectSources>{SecurityElement.Escape(string.Join(';', sources))}</RestoreAdditionalProjectSources>
          </PropertyGroup>
          <Import Project="Sdk.props" Sdk="Microsoft.NET.Sdk" />
          <ItemGroup>
            {string.Join("\n    ", requests.Select(request =>
                $"<PackageReference Include=\"{request.Id}\" Version=\"{SecurityElement.Escape(request.Version)}\" />"))}
          </ItemGroup>
          <Import Project="Sdk.targets" Sdk="Microsoft.NET.Sdk" />
        </Project>
        """;

    private static string Key(string project, string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(project));
        for (var above = new DirectoryInfo(folder); above is not null; above = above.Parent)
        {
            foreach (var settings in above.EnumerateFiles("*.config", new EnumerationOptions { IgnoreInaccessible = true }).Where(
                file => file.Name.Equals("nuget.config", StringComparison.OrdinalIgnoreCase)))
                hash.AppendData(File.ReadAllBytes(settings.FullName));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..32];
    }

    private static async Task<FileStream> TakeTurnAsync(string path, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(200, stop).ConfigureAwait(false);
            }
        }
    }

    private static async Task RestoreAsync(string project, IReadOnlyCollection<PackageRequest> requests, CancellationToken stop)
    {
        // By its name alone: MSBuild drops quotes from a path that it is given.
        var start = new ProcessStartInfo(
            DotnetHost.FullPath, ["restore", Path.GetFileName(project), "-nologo", "-v:m", "-tl:off", "-nodeReuse:false"])
        {
            WorkingDirectory = Path.GetDirectoryName(project),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Whatever started this process may have left traces of another build.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_NOLOGO"] = "1";

        var wanted = string.Join(", ", requests.Select(request => request.IsFloating ? request.Id : $"{request.Id} {request.Version}"));
        using var process = Start(start, wanted);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        var said = await output.ConfigureAwait(false) + await error.ConfigureAwait(false);
        if (process.ExitCode == 0)
            return;
        if (said.Contains("No .NET SDKs were found", StringComparison.Ordinal))
            throw new PackageException(
                $"{wanted}: packages are restored by the .NET SDK, and {DotnetHost.FullPath} belongs to a runtime alone. Install the SDK, "
                + $"or refer to files by #r \"PATH.dll\".");
        string[] errors = [.. Error().Matches(said).Select(match => match.Groups[1].Value.Trim()).Distinct()];
        throw new PackageException(
            $"{wanted}: NuGet could not restore this.\n{(errors.Length > 0 ? string.Join('\n', errors) : said.Trim())}");
    }

    private static Process Start(ProcessStartInfo start, string wanted)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception failure)
        {
            throw new PackageException(
                $"{wanted}: packages are restored by the .NET SDK, and {start.FileName} could not be started: {failure.Message}. Install "
                + $"the SDK, or refer to files by #r \"PATH.dll\".", failure);
        }
    }

    // NuGet takes the nearest higher version where the one that was asked for does not exist; a notebook that names a version means it.
    private static void ThrowIfOther(IReadOnlyCollection<PackageRequest> requests, RestoredPackages restored)
    {
        foreach (var request in requests.Where(request => request.IsOne))
        {
            var found = restored.Packages.FirstOrDefault(package => package.Id.Equals(request.Id, StringComparison.OrdinalIgnoreCase));
            if (found is not null && Normal(found.Version) != Normal(request.Version))
                throw new PackageException(
                    $"{request.Id} {request.Version} is on none of the sources; the nearest is {found.Version}. Ask for that one, or add "
                    + $"a source by #i \"nuget: SOURCE\".");
        }
    }

    // 1.0 and 1.0.0.0 are one version to NuGet, as are 1.0.0 and 1.0.0+build.
    private static string Normal(string version)
    {
        var core = version.Split('+')[0];
        var dash = core.IndexOf('-', StringComparison.Ordinal);
        var (numbers, label) = dash < 0 ? (core, "") : (core[..dash], core[dash..]);
        var parts = numbers.Split('.').Select(part => part.TrimStart('0') is { Length: > 0 } digits ? digits : "0").Concat(
            ["0", "0", "0"]).Take(4).ToArray();
        return string.Join('.', parts) + label.ToLowerInvariant();
    }

    [GeneratedRegex(@"error ((?:NU|MSB|NETSDK)\d+:.*?)(?: \[[^\]\r\n]*\])?\r?$", RegexOptions.Multiline)]
    private static partial Regex Error();
}
