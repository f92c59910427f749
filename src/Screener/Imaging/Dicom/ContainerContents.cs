namespace Screener.Imaging.Dicom;

/// <summary>Says what a folder or zip holds instead of DICOM files, by the names in it.</summary>
internal static class ContainerContents
{
    private static readonly string[] Archives = [".zip", ".7z", ".rar", ".tar", ".tgz", ".tar.gz", ".gz", ".bz2", ".xz"];

    /// <summary>What it holds, and what to do.</summary>
    public static (string Found, string Remedy) Describe(DicomContainer container)
    {
        bool isZip = container is ZipContainer;
        string kind = isZip ? "a zip" : "a folder", unpack = isZip ? "Unpack it and pass" : "Pass";
        var names = container.Names;
        var volumes = names.Where(VolumeFiles.IsOne).ToList();
        if (volumes.Count > 0)
            return ($"{kind} with {Count(volumes, "volume file")} and no DICOM file",
                volumes.Count == 1 ? $"{unpack} that file." : $"{unpack} one of these files.");
        var archives = names.Where(name => Array.Exists(Archives, ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)))
            .ToList();
        if (archives.Count > 0)
            return ($"{kind} with {Count(archives, "archive")} and no DICOM file",
                isZip ? "Unpack it and pass what is in it." : "Pass the archive if it is a zip, or unpack it and pass its folder.");
        if (names.Any(name => Path.GetFileName(name).Equals("DICOMDIR", StringComparison.OrdinalIgnoreCase)))
            return ($"{kind} with a DICOMDIR, which is only an index, and none of the images that it lists",
                "Copy the folders of the CD as well.");
        return ($"{kind} without a CT series ({names.Count} files, none of them DICOM)", "Check the path.");
    }

    private static string Count(List<string> names, string what) =>
        names.Count == 1 ? $"one {what} ({names[0]})" : $"{names.Count} {what}s ({names[0]}, ...)";
}
