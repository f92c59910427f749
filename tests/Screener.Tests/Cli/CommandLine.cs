using System.Text.Json;
using Screener.Cli;

namespace Screener.Tests.Cli;

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

/// <summary>A folder that is gone afterwards.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    internal string Name { get; } = Directory.CreateTempSubdirectory("screener-test-").FullName;

    internal string this[string relative] => Path.Combine(Name, relative);

    public void Dispose() => Directory.Delete(Name, recursive: true);
}
