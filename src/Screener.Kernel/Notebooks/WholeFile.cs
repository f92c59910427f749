namespace Screener.Kernel.Notebooks;

/// <summary>Files that are there whole or not at all.</summary>
internal static class WholeFile
{
    /// <summary>Writes UTF-8 text under a temporary name beside the file and renames it.</summary>
    internal static void Write(string file, string text)
    {
        string full = Path.GetFullPath(file), folder = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(folder);
        string temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Guid.NewGuid().ToString("N")[..8]}.tmp");
        try
        {
            File.WriteAllText(temporary, text);
            File.Move(temporary, full, overwrite: true);
        }
        finally
        {
            // Gone if it was renamed.
            File.Delete(temporary);
        }
    }
}
