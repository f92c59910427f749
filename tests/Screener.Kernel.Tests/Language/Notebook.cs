using System.Text.RegularExpressions;
using Screener.Kernel.Language;

namespace Screener.Kernel.Tests.Language;

/// <summary>A session to run cells in.</summary>
public sealed partial class Notebook : IAsyncDisposable
{
    private int number;

    internal CSharpLanguage Language { get; init; } = new();

    public ValueTask DisposeAsync() => Language.DisposeAsync();

    /// <summary>Runs a cell that must succeed.</summary>
    /// <returns>The text of its value, without the markup that numbers come in; null if it has none; and what it put out.</returns>
    internal async Task<(string? Value, RecordingOutput Output)> RunAsync(string code, CancellationToken stop = default)
    {
        var output = NewOutput();
        var outcome = await Language.RunAsync(code, output, stop);
        if (outcome is CellFailure failure)
            Assert.Fail($"{failure.Name}: {failure.Message}\n{string.Join('\n', failure.Trace)}");
        var value = ((CellSuccess)outcome).Value?.Data.Values.First();
        return (value is not null && PlainInHtml().Match(value) is { Success: true } plain ? plain.Groups[1].Value : value, output);
    }

    /// <summary>Runs a cell that must fail.</summary>
    internal async Task<CellFailure> FailAsync(string code, CancellationToken stop = default, RecordingOutput? output = null) =>
        Assert.IsType<CellFailure>(await Language.RunAsync(code, output ?? NewOutput(), stop));

    /// <summary>An output with the next cell's number.</summary>
    internal RecordingOutput NewOutput() => new() { CellNumber = ++number };

    [GeneratedRegex("^<div class=\"dni-plaintext\"><pre>(.*?)</pre>", RegexOptions.Singleline)]
    private static partial Regex PlainInHtml();
}
