namespace Screener.Tests;

/// <summary>The sources around the test, for tests of scripts and of the tree itself.</summary>
internal static class RepositoryFolder
{
    /// <summary>The repository's root; skips the running test where the program was copied elsewhere.</summary>
    internal static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Screener.slnx")))
            folder = folder.Parent;
        Assert.SkipWhen(folder is null, "the repository is not around this test");
        return folder!.FullName;
    }
}
