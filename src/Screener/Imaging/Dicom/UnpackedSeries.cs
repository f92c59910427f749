using System.Diagnostics;
using Screener.Errors;
using Screener.Storage;

namespace Screener.Imaging.Dicom;

/// <summary>
/// A copy of a series in a temporary folder, in which a program of gdcm or dcmtk has unpacked the pixels that are not read here. Removed
/// when it is disposed.
/// </summary>
internal sealed class UnpackedSeries : IDisposable
{
    private readonly HeldFolder _folder;

    private UnpackedSeries(HeldFolder folder, DicomContainer container, string note) =>
        (_folder, Container, Note) = (folder, container, note);

    /// <summary>The copies.</summary>
    internal DicomContainer Container { get; }

    /// <summary>What was done.</summary>
    internal string Note { get; }

    /// <summary>Copies and unpacks.</summary>
    /// <param name="path">Where the series is, for messages.</param>
    /// <param name="container">Its files.</param>
    /// <param name="images">Its images.</param>
    /// <param name="temporary">The folder for temporary files.</param>
    /// <param name="threads">Programs at a time.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops them.</param>
    /// <exception cref="MissingInputException">No program is installed that unpacks them.</exception>
    /// <exception cref="VolumeFormatException">The program refuses a file.</exception>
    /// <exception cref="OutputException">There is no room for the copies, or no folder.</exception>
    internal static UnpackedSeries Of(
        string path, DicomContainer container, IReadOnlyList<CtSliceHeader> images, string temporary, int threads,
        IProgress<double>? progress, CancellationToken cancellation)
    {
        var packed = images.First(i => i.Syntax.Encoding == PixelEncoding.Unsupported).Syntax;
        var programs = images.Where(i => i.Syntax.Encoding == PixelEncoding.Unsupported).Select(i => i.Syntax).Distinct()
            .ToDictionary(s => s, s => Program(path, s));
        AtomicFile.RequireRoom(temporary, 4 * images.Sum(i => i.FileBytes));
        var folder = HeldFolder.Make(temporary, "screener-series-");
        try
        {
            container.ForEach(
                images.Count, threads, (session, i, workspace) =>
                {
                    var image = images[i];
                    string copy = Path.Combine(folder.FullName, FormattableString.Invariant($"{i:00000}-{Path.GetFileName(image.File)}"));
                    workspace.Reserve(image.FileBytes);
                    int count = session.Read(image.Entry, DicomContainer.MaxFileBytes, ref workspace.Bytes, out _);
                    AtomicFile.Write(copy, stream => stream.Write(workspace.Bytes.AsSpan(0, count)));
                    if (programs.TryGetValue(image.Syntax, out var program))
                        Unpack(program, image.File, copy, cancellation);
                }, progress is null ? null : progress.Report, cancellation);
            string names = string.Join(" and ", programs.Values.Select(p => p[0]).Distinct());
            return new UnpackedSeries(
                folder, DicomContainer.OfFlat(folder.FullName),
                $"The images are stored in {packed.Name}; {names} unpacked a copy of them.");
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static IReadOnlyList<string> Program(string path, TransferSyntax syntax)
    {
        foreach (var program in syntax.Unpackers)
        {
            if (Find(program[0]) is { } file)
                return [file, .. program.Skip(1)];
        }

        string names = string.Join(" or ", syntax.Unpackers.Select(p => p[0]));
        throw syntax.Unpackers.Count == 0
            ? new CompressedPixelsException(
                path, $"transfer syntax {syntax.Name} ({syntax.Uid})", "one that gdcm or dcmtk unpack",
                $"Convert it with {syntax.Converter}.")
            : new MissingInputException(
                names, "no such program", $"one in the PATH, to unpack {syntax.Name}", "Install libgdcm-tools or dcmtk.");
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Where(folder => folder.Length > 0).Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static void Unpack(IReadOnlyList<string> program, string file, string copy, CancellationToken cancellation)
    {
        string unpacked = copy + ".raw";
        var start = new ProcessStartInfo(program[0], [.. program.Skip(1), copy, unpacked])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var stop = cancellation.Register(() => process.Kill());
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode != 0 || !File.Exists(unpacked))
        {
            string said = (error + output.Result).Trim().Split('\n')[^1];
            throw new VolumeFormatException(
                file, $"{Path.GetFileName(program[0])} cannot unpack it ({said})", "a whole DICOM file",
                "Fetch the file again from its source.");
        }

        File.Delete(copy);
    }
}
