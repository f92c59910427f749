using System.Runtime.InteropServices;
using System.Text.Json;
using Screener.Reporting;
using TorchSharp;

namespace Screener.Benchmarks;

/// <summary>One line of the final table.</summary>
/// <param name="Case">What was done.</param>
/// <param name="OursSeconds">Our median; null if it was not run.</param>
/// <param name="Peer">The peer's libraries and versions, or what it is compared with.</param>
/// <param name="PeerSeconds">The peer's median; null if there is none.</param>
/// <param name="Ratio">The peer's median over ours, or the share of the machine's rate.</param>
/// <param name="RatioLow">The least of the repetitions.</param>
/// <param name="RatioHigh">The largest of the repetitions.</param>
/// <param name="Agreement">How far the results differ, or why there are none.</param>
internal sealed record ResultRow(
    string Case, double? OursSeconds, string Peer, double? PeerSeconds, double? Ratio, double? RatioLow, double? RatioHigh,
    string Agreement)
{
    internal static ResultRow Compare(string name, double[] ours, string peer, double[] peers, string agreement)
    {
        double[] ratios = [.. ours.Zip(peers, (o, p) => p / o)];
        double a = Alternation.Median(ours), b = Alternation.Median(peers);
        return new(name, a, peer, b, b / a, ratios.Min(), ratios.Max(), agreement);
    }

    /// <summary>How near convolutions come to the machine's rate of matrix products.</summary>
    internal static ResultRow Share(
        string name, torch.ScalarType type, double operations, double[] seconds, BenchmarkSettings settings)
    {
        double rate = MatrixProductRate.Measure(
            torch.CPU, type, settings.Tiny ? 256 : 2048, TimeSpan.FromSeconds(settings.Tiny ? 0.1 : 2));
        double median = Alternation.Median(seconds), best = operations / rate;
        return new(
            name, median, $"{rate / 1e9:0} GFLOP/s measured", best, best / median, best / seconds.Max(), best / seconds.Min(),
            $"{operations / median / 1e9:0} GFLOP/s of convolutions, {operations / 1e9:0.0} GFLOP");
    }

    /// <summary>A row that would tell the speed of an emulation.</summary>
    internal static ResultRow Emulated(string name) => Skipped(name, "left out: this processor has no bfloat16 instructions");

    internal static ResultRow Skipped(string name, string why) => new(name, null, "", null, null, null, null, why);
}

/// <summary>The final table, and the same as JSON.</summary>
internal static class ResultTable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    internal static void Print(IReadOnlyList<ResultRow> rows, BenchmarkSettings settings)
    {
        string[] head = ["case", "ours, s", "peer, s", "peer/ours", "min..max", "peer", "results"];
        var cells = rows.Select(r => new[]
        {
            r.Case, Seconds(r.OursSeconds), Seconds(r.PeerSeconds), r.Ratio is { } x ? $"{x:0.00}" : "",
            r.RatioLow is { } low ? $"{low:0.00}..{r.RatioHigh:0.00}" : "", r.Peer, r.Agreement,
        }).Prepend(head).ToList();
        int[] widths = [.. head.Select((_, c) => cells.Max(row => row[c].Length))];
        Console.WriteLine();
        Console.WriteLine(Machine(settings));
        foreach (var row in cells)
            Console.WriteLine(
                string.Join(
                    "  ", row.Select((cell, c) => c is >= 1 and <= 4 ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]))).TrimEnd());
    }

    internal static void WriteJson(string path, IReadOnlyList<ResultRow> rows, BenchmarkSettings settings) =>
        File.WriteAllText(
            path, JsonSerializer.Serialize(
                new { Machine = Machine(settings), settings.Threads, settings.Repeats, settings.Tiny, Rows = rows }, Json) + "\n");

    private static string Seconds(double? seconds) => seconds is { } s ? $"{s:0.000}" : "";

    private static string Machine(BenchmarkSettings settings) =>
        $"{settings.Threads} threads, medians of {settings.Repeats} repetitions after one warm-up, sides in "
        + $"turn{(settings.CountsProcessor ? ", processor time" : "")}{(settings.Tiny ? ", TINY: ratios mean nothing" : "")}; "
        + $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, TorchSharp "
            + $"{typeof(TorchSharp.torch).Assembly.GetName().Version} with libtorch {TorchSharp.torch.__version__}";
}
