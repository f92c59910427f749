namespace Screener.Tests;

/// <summary>
/// Real CT that is not part of the product: the folder in SCREENER_SHARED_CT, or shared/ct beside the repository or one of
/// its parents. Tests that need it are skipped, saying so, where it is absent.
/// </summary>
public static class SharedCt
{
    private static readonly string? Folder = Find();

    /// <summary>True if the folder is there.</summary>
    public static bool IsPresent => Folder is not null;

    /// <summary>
    /// The full path of a file or folder in it, such as <c>sts/STS_001_image.nii.gz</c>; skips the running test if it is absent.
    /// </summary>
    public static string PathOf(string relative)
    {
        string? path = Folder is null ? null : Path.Combine(Folder, relative);
        Assert.SkipUnless(
            path is not null && Path.Exists(path), $"real CT '{relative}' is not here; set SCREENER_SHARED_CT to the folder that holds it");
        return path!;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("SCREENER_SHARED_CT") is { Length: > 0 } named)
            return Directory.Exists(named) ? named : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "ct");
            if (Directory.Exists(candidate))
                return candidate;
        }

        return null;
    }
}
