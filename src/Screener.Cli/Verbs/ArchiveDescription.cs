using System.IO.Compression;
using System.Text.Json;
using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Reporting;
using Screener.Storage;
using Screener.Training;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Says what a model, a network or a checkpoint holds.</summary>
internal static class ArchiveDescription
{
    /// <summary>True if the file is a zip with the header of an archive of tensors.</summary>
    internal static bool IsArchive(string path)
    {
        if (!File.Exists(path))
            return false;
        try
        {
            using var zip = InputFile.OpenZip(path);
            return zip.GetEntry("header.json") is not null && zip.GetEntry("tensors.bin") is not null;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Reads the whole file, so that a damaged one is found, and describes it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="note">Told if what lies beside it is damaged.</param>
    /// <exception cref="Screener.Errors.ModelFileException">The file is damaged.</exception>
    internal static VerbResult Describe(string path, Action<string> note)
    {
        using var archive = TensorArchive.Read(path);
        long numbers = archive.Tensors.Values.Sum(t => t.numel());
        var header = archive.Header;
        var cards = TrainingCard.Read(path, note);
        try
        {
            var json = new { ok = true, path, tensors = archive.Tensors.Count, numbers, header, trainings = cards };
            return new VerbResult(
                json, new FactsPart([.. Rows(archive, numbers), .. cards.Select(c => ($"trained: {c.Stage}", c.Summary))]));
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException)
        {
            throw new ModelFileException(
                path, $"a header of another form ({e.Message.TrimEnd('.')})", "the header of a model, a network or a checkpoint",
                "Use the version that wrote it, or train again.", e);
        }
    }

    private static List<(string Name, string Value)> Rows(TensorArchive archive, long numbers)
    {
        var (path, header) = (archive.Path, archive.Header);
        var rows = new List<(string, string)>
        {
            ("file", path),
            ("kind", Text(header, "format") ?? "a checkpoint"),
            ("tensors",
                Invariant($"{archive.Tensors.Count}, {numbers / 1e6:0.00} million numbers, {new FileInfo(path).Length / 1e6:0.0} MB")),
        };
        if (Text(header, "stage") is { } stage)
            rows.Add(("stage", stage));
        foreach (string part in (string[])["descriptor", "condition", "embedding", "options"])
        {
            if (!header.TryGetProperty(part, out var options) || options.ValueKind != JsonValueKind.Object)
                continue;
            if (options.TryGetProperty("kind", out _))
                rows.Add((
                    "training", $"{options.GetProperty("optimisation").GetProperty("steps")} steps, seed {options.GetProperty("seed")}"));
            else if (options.TryGetProperty("network", out var network))
                rows.Add((part, Pretraining(options, network)));
        }

        if (header.TryGetProperty("density", out var density) && density.TryGetProperty("heads", out var heads))
        {
            rows.Add(
                ("densities", string.Join(", ", heads.EnumerateArray().Select(h => $"{Kind(h, "condition")} + {Kind(h, "density")}"))));
            if (density.TryGetProperty("optimisation", out var optimisation))
                rows.Add(("", $"{optimisation.GetProperty("steps")} steps, seed {density.GetProperty("seed")}"));
        }

        if (header.TryGetProperty("ensemble", out var ensemble))
        {
            var weights = ensemble.GetProperty("options");
            JsonElement[] networks =
            [
                ensemble.GetProperty("lesions"), .. ensemble.TryGetProperty("moreLesions", out var more) ? more.EnumerateArray() : default,
            ];
            rows.AddRange(networks.Select(l => (
                HasMasses(l) ? LesionMethod.MassesName : LesionMethod.MethodName,
                $"{Spacing(l)}, {l.GetProperty("optimisation").GetProperty("steps")} steps, seed {l.GetProperty("seed")}")));
            string large = networks.Select(l => (Spacing(l), HasMasses(l))).Distinct().Count() > 1
                && Text(weights, "largeLesions") is { } weight ? $", {weight} x what counts of each further kind of lesion networks" : "";
            rows.Add(
                ("ensemble",
                    $"{weights.GetProperty("lesions")} x drawn lesions, {weights.GetProperty("huAndPosition")} x HU + position, "
                    + $"{weights.GetProperty("density")} x density{large}"));
        }

        if (header.TryGetProperty("distilled", out var distilled))
            rows.Add(("distilled", $"one network of the ensemble's map, windows overlap by {distilled.GetProperty("overlap")}"));

        if (header.TryGetProperty("libraries", out var libraries))
            rows.Add(("made with", string.Join(", ", libraries.EnumerateObject().Select(l => $"{l.Name} {l.Value}"))));
        return rows;
    }

    private static string Pretraining(JsonElement options, JsonElement network)
    {
        string channels = string.Join("-", network.GetProperty("channels").EnumerateArray());
        return $"{network.GetProperty("descriptorChannels")} features, channels {channels}, {Spacing(options)}, "
            + $"{Text(options, "objective")}, {options.GetProperty("optimisation").GetProperty("steps")} steps, seed "
                + $"{options.GetProperty("seed")}";
    }

    private static bool HasMasses(JsonElement network) =>
        network.GetProperty("lesions").TryGetProperty("massShare", out var share) && share.GetDouble() > 0;

    private static string Spacing(JsonElement options)
    {
        var spacing = options.GetProperty("preprocessing").GetProperty("targetSpacing");
        return $"{spacing.GetProperty("depth")} x {spacing.GetProperty("height")} x {spacing.GetProperty("width")} mm";
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.ToString() : null;

    // Files of earlier versions have a name, later ones what makes the kind.
    private static string Kind(JsonElement head, string name) =>
        (head.GetProperty(name) is { ValueKind: JsonValueKind.Object } made ? made.GetProperty("kind") : head.GetProperty(name)).ToString();
}
