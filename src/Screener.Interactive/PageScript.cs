namespace Screener.Interactive;

/// <summary>Scripts and styles for pages, kept as files of their own beside the code that writes them.</summary>
internal static class PageScript
{
    /// <summary>A file's text without comment lines and indentation, which a page that repeats it need not carry.</summary>
    /// <param name="name">Folder and name, with dots between.</param>
    internal static string Read(string name)
    {
        using var stream = typeof(PageScript).Assembly.GetManifestResourceStream(typeof(PageScript), name)
            ?? throw new InvalidOperationException($"{name} is not in the assembly");
        using var reader = new StreamReader(stream);
        var lines = reader.ReadToEnd().Split('\n').Select(l => l.Trim()).Where(
            l => l.Length > 0 && !l.StartsWith("//", StringComparison.Ordinal));
        return string.Join('\n', lines);
    }
}
