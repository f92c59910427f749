using System.Globalization;
using Screener.Errors;

namespace Screener.Benchmarks;

/// <summary>What to measure and how often.</summary>
internal sealed record BenchmarkSettings
{
    internal const string Usage =
        "Usage: Screener.Benchmarks [--case inference|paper|training|crops|preprocessing|metrics]... [--repeats N] [--threads N] [--size "
        + "full|tiny] [--clock wall|processor] [--json FILE]";

    /// <summary>Timed repetitions of each side, after one that is not timed.</summary>
    public int Repeats { get; init; } = 5;

    /// <summary>Threads of both sides.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Little work, to see that everything runs; its ratios mean nothing.</summary>
    public bool Tiny { get; init; }

    /// <summary>Measure processors' time, not the wall's: for a machine on which others compute, with one thread.</summary>
    public bool CountsProcessor { get; init; }

    /// <summary>The cases to run; empty means all.</summary>
    public IReadOnlyList<string> Cases { get; init; } = [];

    /// <summary>Where the results go as JSON; null for nowhere.</summary>
    public string? JsonPath { get; init; }

    internal bool Wants(string name) => Cases.Count == 0 || Cases.Contains(name);

    internal static BenchmarkSettings Parse(string[] args)
    {
        var settings = new BenchmarkSettings();
        for (int i = 0; i < args.Length; i += 2)
        {
            string value = i + 1 < args.Length ? args[i + 1] : throw new OptionException(args[i], "nothing", "a value after it");
            settings = args[i] switch
            {
                "--case" when value is "inference" or "paper" or "training" or "crops" or "preprocessing" or "metrics" => settings with
                {
                    Cases = [.. settings.Cases, value],
                },
                "--repeats" => settings with { Repeats = Number(args[i], value) },
                "--threads" => settings with { Threads = Number(args[i], value) },
                "--size" when value is "full" or "tiny" => settings with { Tiny = value == "tiny" },
                "--clock" when value is "wall" or "processor" => settings with { CountsProcessor = value == "processor" },
                "--json" => settings with { JsonPath = value },
                _ => throw new OptionException(args[i], $"'{value}'", "an option and value as below"),
            };
        }

        return settings;
    }

    private static int Number(string name, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && n is >= 1 and <= 1000
            ? n
            : throw new OptionException(name, $"'{value}'", "a whole number from 1 to 1000");
}
