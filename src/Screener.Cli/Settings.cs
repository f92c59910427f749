using System.CommandLine;
using Screener.Errors;
using Screener.Runtime;

namespace Screener.Cli;

/// <summary>The options that every verb has.</summary>
/// <param name="Json">One JSON object on standard output in place of text.</param>
/// <param name="Quiet">No progress and no notes.</param>
/// <param name="Verbose">Stack traces of unexpected errors, and the library's log.</param>
/// <param name="Compute">Device and threads; networks run with <see cref="Networks"/>.</param>
/// <param name="Precision">The format that was asked for; null for the device's own.</param>
/// <param name="Seed">Seeds everything random.</param>
/// <param name="IsSeedGiven">False where the seed is the default.</param>
internal sealed record Settings(bool Json, bool Quiet, bool Verbose, ComputeOptions Compute, ComputePrecision? Precision, ulong Seed, bool IsSeedGiven)
{
    private static readonly Option<bool> JsonOption = new("--json") { Description = "Print one JSON object on standard output at the end." };
    private static readonly Option<bool> QuietOption = new("--quiet", "-q") { Description = "No progress and no notes." };
    private static readonly Option<bool> VerboseOption = new("--verbose") { Description = "Log more, and print the stack trace of an unexpected error." };

    private static readonly Option<string> DeviceOption = new("--device")
    {
        Description = "Where the networks run: auto, cpu, cuda or cuda:N.",
        HelpName = "device",
        DefaultValueFactory = _ => "auto",
    };

    private static readonly Option<int> ThreadsOption = Parsing.Whole("--threads", "n", 0, "Processor threads to use; 0 means one per processor.");
    private static readonly Option<string> PrecisionOption = Parsing.OneOf("--precision", "format", "Number format of the networks; auto is bfloat16 where the device has it", "auto", "float32", "bfloat16");
    private static readonly Option<ulong> SeedOption = Parsing.Whole("--seed", "number", 2502UL, "Seeds everything random; the same seed gives the same result.");

    /// <summary>All of them, in the order of the help.</summary>
    internal static IReadOnlyList<Option> Options { get; } = MakeOptions();

    /// <summary>The settings of a command line.</summary>
    /// <exception cref="OptionException">The number of threads is out of range.</exception>
    internal static Settings Of(ParseResult line)
    {
        OptionException.ThrowIfOutside(ThreadsOption.Name, line.GetValue(ThreadsOption), 0, 1024);
        return new Settings(
            line.GetValue(JsonOption),
            line.GetValue(QuietOption),
            line.GetValue(VerboseOption),
            new ComputeOptions
            {
                Device = line.GetValue(DeviceOption)!,
                Threads = line.GetValue(ThreadsOption),
            },
            line.GetValue(PrecisionOption) switch { "bfloat16" => ComputePrecision.BFloat16, "float32" => ComputePrecision.Float32, _ => null },
            line.GetValue(SeedOption),
            IsGiven(line, SeedOption));
    }

    /// <summary>Where and how the networks run. Loads torch, which verbs without networks need not.</summary>
    /// <param name="began">The format in which work that goes on was begun; goes before the device's own.</param>
    /// <exception cref="ScreenerException">The device is not there.</exception>
    internal ComputeOptions Networks(ComputePrecision? began) =>
        Compute with { Precision = Precision ?? began ?? NativePrecision.Of(ComputeDevice.Resolve(Compute.Device)) };

    /// <summary>True if a command line that may be wrong asks for JSON or stack traces.</summary>
    internal static (bool Json, bool Verbose) Wanted(ParseResult line) => (IsGiven(line, JsonOption), IsGiven(line, VerboseOption));

    private static bool IsGiven(ParseResult line, Option option) => line.GetResult(option) is { Implicit: false };

    private static Option[] MakeOptions()
    {
        Option[] options = [DeviceOption, ThreadsOption, PrecisionOption, SeedOption, JsonOption, QuietOption, VerboseOption];
        foreach (var option in options)
            option.Recursive = true;
        return options;
    }
}
