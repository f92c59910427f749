using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;
using Screener.Reporting;
using Screener.Runtime;
using TorchSharp;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Says what this machine can do, or what a CT or a model file holds.</summary>
internal sealed class InfoVerb() : Verb(
    "info",
    "Say what this machine can do, what a CT volume is (shape, spacing, orientation, HU), or what a model holds.",
    "screener info",
    "screener info scan.nii.gz",
    "screener info model.screener",
    "screener info dicom-folder --series 1.2.840.113619.2 --json")
{
    private readonly Argument<string?> _path = new("path")
    {
        Description = "A NIfTI file, a folder, zip or file of DICOM, or a model, network or checkpoint; nothing describes the machine.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _series = Parsing.Series();
    private readonly Option<bool> _convert = Parsing.Convert();

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_path, _series, _convert];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths.Read(_path.Name, line.GetValue(_path));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        var settings = context.Settings;
        if (line.GetValue(_path) is not { } path)
            return Machine(settings, context.Activities, cancellation);
        if (ArchiveDescription.IsArchive(path))
            return ArchiveDescription.Describe(path, context.Activities.Note);
        var dicom = new DicomSeriesReader(settings.Compute.ThreadCount);
        string? uid = line.GetValue(_series);
        if (Path.Exists(path) && dicom.CanRead(path))
        {
            var series = dicom.List(path, cancellation);
            if (uid is null && DicomSeriesReader.IsContainer(path) && series.Count(s => s.IsCtImages) > 1)
                return SeriesList(path, series);
        }

        using var activity = context.Activities.Begin($"Reading {Path.GetFileName(path.TrimEnd('/'))}");
        var volume = CtReaders.All(settings.Compute.ThreadCount, line.GetValue(_convert)).Read(
            path, new VolumeReadOptions { SeriesUid = uid }, activity, cancellation);
        string[] notes = [.. volume.Notes, .. Unusual(volume)];
        foreach (string note in notes)
            context.Activities.Note(note);
        return Describe(path, volume, notes);
    }

    private static VerbResult Machine(Settings settings, Activities activities, CancellationToken cancellation)
    {
        var device = settings.Compute.Apply();
        int cudaDevices = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        long memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var rates = new Dictionary<string, double>();
        using (var activity = activities.Begin("Measuring matrix products"))
        {
            foreach (var type in (torch.ScalarType[])[torch.ScalarType.Float32, torch.ScalarType.BFloat16])
            {
                rates[type.ToString().ToLowerInvariant()] =
                    MatrixProductRate.Measure(device, type, 1024, TimeSpan.FromSeconds(0.5), cancellation) / 1e9;
                activity.Report(rates.Count / 2.0);
            }
        }

        string? mended = TorchRuntime.EnsureLoaded();
        string[] vectors = [
            .. new (string Name, bool Has)[] { ("AVX2", Avx2.IsSupported), ("AVX-512", Avx512F.IsSupported) }.Where(v => v.Has).Select(
                v => v.Name)];
        return new VerbResult(
            new
            {
                ok = true,
                version = ProgramVersions.Screener,
                runtime = RuntimeInformation.FrameworkDescription,
                os = RuntimeInformation.OSDescription,
                torchSharp = ProgramVersions.TorchSharp,
                libTorch = ProgramVersions.LibTorch,
                mendedNativeLibrary = mended,
                device = device.ToString(),
                cudaDevices,
                processors = Environment.ProcessorCount,
                settings.Compute.ThreadCount,
                vectorInstructions = vectors,
                memoryBytes = memory,
                matrixProductGflops = rates,
            },
            new FactsPart(
                ("Screener", ProgramVersions.Screener),
                ("runtime", $"{RuntimeInformation.FrameworkDescription}, {RuntimeInformation.OSDescription}"),
                ("libtorch",
                    $"{ProgramVersions.LibTorch} (TorchSharp {ProgramVersions.TorchSharp}"
                    + $"{(mended is null ? "" : ", native library mended for this system")})"),
                ("device",
                    $"{device}{(cudaDevices == 0 ? "; no CUDA device that this build can use"
                    : Invariant($"; {cudaDevices} CUDA device(s)"))}"),
                ("threads",
                    Invariant(
                        $"{settings.Compute.ThreadCount} of {Environment.ProcessorCount} ")
                        + Invariant($"processors{(vectors.Length > 0 ? " with " + string.Join(", ", vectors) : "")}")),
                ("memory", Invariant($"{memory / (double)(1 << 30):0.0} GiB")),
                ("matrix product", string.Join(", ", rates.Select(r => Invariant($"{r.Key} {r.Value:0} GFLOP/s"))))));
    }

    private static VerbResult SeriesList(string path, IReadOnlyList<DicomSeriesSummary> series)
    {
        string what = DicomSeriesReader.IsSplit(series)
            ? "each image has one of its own; if they are of one scan, read them as one with --series all"
            : "pick one with --series";
        string head = PrintableText.Line(Invariant($"{path}: {series.Count} DICOM series; {what}"));
        return new VerbResult(new { ok = true, path, series }, string.Join(Environment.NewLine, series.Select(s => $"{s}").Prepend(head)));
    }

    // What screening would note, or why it would refuse the volume.
    private static IReadOnlyList<string> Unusual(CtVolume volume)
    {
        try
        {
            return HounsfieldCheck.Require(volume);
        }
        catch (VolumeFormatException e)
        {
            return [e.Message];
        }
    }

    private static VerbResult Describe(string path, CtVolume volume, IReadOnlyList<string> notes)
    {
        var (shape, spacing, affine) = (volume.Shape, volume.Spacing, volume.Grid.Affine);
        string orientation = OrientationCode(affine);
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        long notFinite = 0;
        foreach (float hu in volume.Voxels)
        {
            if (!float.IsFinite(hu))
            {
                notFinite++;
                continue;
            }

            low = Math.Min(low, hu);
            high = Math.Max(high, hu);
        }

        double[] extent = [shape.Depth * spacing.Depth, shape.Height * spacing.Height, shape.Width * spacing.Width];
        string range = notFinite == volume.Voxels.Length ? "no finite voxel" : Invariant($"{low:0.##} to {high:0.##} HU");
        return new VerbResult(
            new
            {
                ok = true,
                path,
                volume.Source,
                notes,
                shape = new[] { shape.Depth, shape.Height, shape.Width },
                spacingMm = new[] { spacing.Depth, spacing.Height, spacing.Width },
                extentMm = extent,
                orientation,
                affine = Enumerable.Range(0, 3).Select(
                    row => Enumerable.Range(0, 4).Select(column => affine[row, column]).ToArray()).ToArray(),
                huMin = low,
                huMax = high,
                notFiniteVoxels = notFinite,
            },
            new FactsPart(
                ("file", path),
                ("shape", $"{shape} voxels [D, H, W]"),
                ("spacing", $"{spacing}"),
                ("extent", string.Create(CultureInfo.InvariantCulture, $"{extent[0]:0.#} x {extent[1]:0.#} x {extent[2]:0.#} mm")),
                ("orientation",
                    $"{orientation} (W, H, D grow towards {Side(orientation[0])}, {Side(orientation[1])}, {Side(orientation[2])})"),
                ("affine", $"{affine}"),
                ("range", notFinite > 0 ? Invariant($"{range}; {notFinite} voxels not finite") : range)));
    }

    /// <summary>The sides of the patient towards which W, H and D grow, as nibabel's <c>aff2axcodes</c> names them.</summary>
    internal static string OrientationCode(Affine affine)
    {
        var orientation = Reorientation.From(affine);
        Span<char> code = stackalloc char[3];
        for (int canonical = 0; canonical < 3; canonical++)
        {
            var (axis, reversed) = orientation[canonical];
            code[2 - axis] = ((reversed ? "IPL" : "SAR"))[canonical];
        }

        return new string(code);
    }

    private static string Side(char letter) => letter switch
    {
        'R' => "right",
        'L' => "left",
        'A' => "front",
        'P' => "back",
        'S' => "head",
        _ => "feet",
    };
}
