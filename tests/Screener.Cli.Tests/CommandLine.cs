using System.Text.Json;

namespace Screener.Cli.Tests;

/// <summary>Runs <c>screener</c> in this process.</summary>
internal sealed record CommandLine(int ExitCode, string Output, string Error)
{
    internal static async Task<CommandLine> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = await Program.RunAsync(args, new Terminal(output, TextWriter.Synchronized(error), false), TestContext.Current.CancellationToken);
        return new CommandLine(code, output.ToString(), error.ToString());
    }

    /// <summary>The one JSON object on standard output.</summary>
    internal JsonElement Json()
    {
        Assert.Single(Output.TrimEnd('\n').Split('\n'));
        return JsonDocument.Parse(Output).RootElement;
    }
}
