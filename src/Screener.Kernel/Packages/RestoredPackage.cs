namespace Screener.Kernel.Packages;

/// <summary>A package as it lies on the disk.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Folder">Its folder in the package cache.</param>
/// <param name="Assemblies">The assemblies for this .NET and this machine.</param>
/// <param name="NativeFiles">The native libraries for this machine.</param>
internal sealed record RestoredPackage(
    string Id, string Version, string Folder, IReadOnlyList<string> Assemblies, IReadOnlyList<string> NativeFiles)
{
    /// <summary>What the package wants to have run when it is loaded, if it has something and it is a script.</summary>
    public string ExtensionScript => Path.Combine(ExtensionFolder, "extension.dib");

    /// <summary>The extensions that only .NET Interactive can load.</summary>
    public IReadOnlyList<string> ExtensionAssemblies => Directory.Exists(ExtensionFolder)
        ? Directory.GetFiles(ExtensionFolder, "*.dll")
        : [];

    private string ExtensionFolder => Path.Combine(Folder, "interactive-extensions", "dotnet");
}
