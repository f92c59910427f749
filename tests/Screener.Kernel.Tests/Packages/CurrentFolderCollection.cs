namespace Screener.Kernel.Tests.Packages;

/// <summary>Tests that change the process's current folder, alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CurrentFolderCollection
{
    public const string Name = "current folder";
}
