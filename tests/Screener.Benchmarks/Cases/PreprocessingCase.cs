using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Preprocessing;

namespace Screener.Benchmarks.Cases;

/// <summary>
/// LIDC-IDRI-0314 from its zip of DICOM slices to prepared intensities at the paper's spacing, against pydicom, scipy and scikit-image.
/// </summary>
internal static class PreprocessingCase
{
    private const string Name = "preprocessing of LIDC-IDRI-0314";

    internal static IEnumerable<ResultRow> Run(BenchmarkSettings settings)
    {
        if (Find() is not { } zip)
            return [ResultRow.Skipped(
                Name, "skipped: no lidc-idri-0314/dicom.zip in SCREENER_SHARED_CT or in shared/ct above the program")];
        using var arrays = new RawArrays();
        using var peer = PythonPeer.Start(
            "preprocessing.py", [("pydicom", "python3-pydicom"), ("scipy", "python3-scipy"), ("skimage", "python3-skimage")],
            settings.Threads, out string missing, arrays.Folder, zip);
        if (peer is null)
            return [ResultRow.Skipped(Name, missing)];
        PreparedVolume? prepared = null;
        string theirShape = "";
        var seconds = Alternation.Measure(
            "preprocessing", Math.Min(settings.Repeats, 3),
            Alternation.Timed(() => prepared = Preprocessor.Prepare(
                new DicomSeriesReader(settings.Threads).Read(zip, VolumeReadOptions.Default), PreprocessingOptions.Paper,
                settings.Threads)),
            () =>
            {
                var answer = peer.Ask("run");
                theirShape = answer.GetProperty("shape").GetString()!;
                return answer.GetProperty("seconds").GetDouble();
            });
        peer.Ask("save");
        float[] theirs = arrays.Read("prepared"), ours = prepared!.Intensities;
        string agreement = theirs.Length == ours.Length
            ? $"both {theirShape}; mean |difference| {255 * ours.Zip(theirs, (a, b) => Math.Abs((double)a - b)).Average():0.00}/255"
            : $"ours {prepared.Shape}, the peer's {theirShape}";
        return [ResultRow.Compare(Name, seconds[0], peer.Version, seconds[1], agreement)];
    }

    private static string? Find()
    {
        const string Zip = "lidc-idri-0314/dicom.zip";
        if (Environment.GetEnvironmentVariable("SCREENER_SHARED_CT") is { Length: > 0 } named)
            return Existing(Path.Combine(named, Zip));
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Existing(Path.Combine(folder.FullName, "shared", "ct", Zip)) is { } found)
                return found;
        }

        return null;

        static string? Existing(string path) => File.Exists(path) ? path : null;
    }
}
