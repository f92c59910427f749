
namespace Screener.Cli.Tests;

public sealed class UsageTests
{
    public static TheoryData<string> VerbNames() => [.. ScreenerCommand.Verbs.Select(v => v.Name)];

    [Theory]
    [MemberData(nameof(VerbNames))]
    public async Task EveryVerbsHelpShowsAnExampleThatParses(string verb)
    {
        var run = await CommandLine.RunAsync([.. verb.Split(' '), "--help"]);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        string[] examples = [
            .. run.Output[run.Output.IndexOf("Examples:", StringComparison.Ordinal)..].Split('\n').Select(l => l.Trim()).Where(
                l => l.StartsWith($"screener {verb}", StringComparison.Ordinal))];
        Assert.NotEmpty(examples);
        foreach (string example in examples)
            Assert.Empty(ScreenerCommand.Parse(example["screener ".Length..].Split(' ')).Errors);
    }

    [Fact]
    public async Task TheRootsHelpShowsEveryVerb()
    {
        var run = await CommandLine.RunAsync("--help");
        Assert.Equal(0, run.ExitCode);
        Assert.All(ScreenerCommand.Verbs, verb => Assert.Contains($"\n  screener {verb.Name}", run.Output));
        Assert.Contains("not a medical device", run.Output);
        Assert.Contains("Exit code", run.Output);
    }

    [Fact]
    public async Task TheVersionNamesTheCommitAndLibtorch()
    {
        var run = await CommandLine.RunAsync("--version");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Matches(@"^screener [0-9.]+\+[0-9a-f]{40}, libtorch 2\.[0-9.]+, TorchSharp [0-9.]+, \.NET 10\.[0-9.]+\n$", run.Output);
    }

    [Theory]
    [InlineData("", "No command given")]
    [InlineData("inof", "'inof' is not a command")]
    [InlineData("kernel", "No command given; expected one of: kernel install, kernel uninstall")]
    [InlineData("kernel instal", "'instal' is not a command; expected one of: kernel install, kernel uninstall")]
    [InlineData("data", "No command given; expected one of: data list, data info, data check.")]
    [InlineData("notebook run", "'files' missing")]
    [InlineData("notebook run a.ipynb --timeout x", "--timeout: 'x'; expected a number of seconds")]
    [InlineData("notebook run a.ipynb --set X", "--set: 'X'; expected NAME=VALUE")]
    [InlineData("info --threads x", "--threads: 'x'; expected a whole number")]
    [InlineData("screen a.nii --overlap x", "--overlap: 'x'; expected a number")]
    [InlineData("screen a.nii --rate 0,1", "--rate: '0,1'; expected a number")]
    [InlineData("baselines --minutes x", "--minutes: 'x'; expected a number")]
    [InlineData("info --seed -4", "--seed: '-4'; expected a whole number of 0 or more")]
    [InlineData("info --precision half", "--precision: 'half'; expected auto, float32 or bfloat16")]
    [InlineData("info --sed", "'--sed' is not an option of 'info'")]
    [InlineData("info a b", "'b'")]
    [InlineData("info --threads", "--threads")]
    [InlineData("info --threads 2000", "2000; expected a value from 0 to 1024")]
    [InlineData("info --device gpu", "'gpu'; expected auto, cpu, cuda or cuda:n")]
    public async Task WrongUsageIsNamedAndExitsWith2(string line, string mention)
    {
        string[] args = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var run = await CommandLine.RunAsync(args);
        Assert.Equal((2, ""), (run.ExitCode, run.Output));
        Assert.Contains(mention, run.Error);
        Assert.All(
            run.Error.TrimEnd('\n').Split('\n'),
            l => Assert.True(
                l.StartsWith("error: ", StringComparison.Ordinal) || l.StartsWith("See: screener ", StringComparison.Ordinal), l));

        run = await CommandLine.RunAsync(["--json", .. args]);
        Assert.Equal(2, run.ExitCode);
        Assert.False(run.Json().GetProperty("ok").GetBoolean());
        Assert.Contains(mention, run.Json().GetProperty("error").GetProperty("message").GetString());
    }

    [Fact]
    public async Task AnUnexpectedErrorIsOneLineUnlessTheTraceIsAskedFor()
    {
        var verb = new FailingVerb();
        var failure = Failure.Of(new AggregateException(new InvalidOperationException("two\nlines")), verb, verbose: false);
        Assert.Equal(1, failure.ExitCode);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.Contains("two lines", failure.Message);
        Assert.Contains("--verbose", failure.Message);
        Exception thrown = await Assert.ThrowsAsync<InvalidOperationException>(() => throw new InvalidOperationException("here"));
        Assert.Contains(nameof(AnUnexpectedErrorIsOneLineUnlessTheTraceIsAskedFor), Failure.Of(thrown, verb, verbose: true).Message);
    }

    [Fact]
    public void StoppingFailsAndSaysHowToGoOn()
    {
        var failure = Failure.Of(new OperationCanceledException(), new FailingVerb(), verbose: false);
        Assert.Equal((1, "Stopped. The same command goes on from here."), (failure.ExitCode, failure.Message));
    }

    private sealed class FailingVerb() : Verb("fail", "Fail.", "screener fail")
    {
        internal override bool IsResumable => true;

        protected override IEnumerable<System.CommandLine.Symbol> Symbols => [];

        internal override VerbResult Run(System.CommandLine.ParseResult line, VerbContext context, CancellationToken cancellation) =>
            throw new NotSupportedException();
    }
}
