using Screener.Reporting;

namespace Screener.Cli.Tests;

public sealed class TerminalTextTests
{
    private const string Sentence = "Intervals cover the choice of patients and of seeds";

    private static readonly Document Example = new(
        "Title", "which",
        new FactsPart(("file", "a\u001b[31m\nb"), ("longer name", "1")),
        new SectionPart(
            "Section", "How to read it.",
            new TablePart(["Method", "AUROC"], [["none", "0.5\n0.4 – 0.6"], ["HU + position", "12.25"]])
            {
                Headings = new Dictionary<int, string> { [1] = "cohort" },
            },
            new TablePart(["What"], [[Sentence]])),
        new CodePart("{\n  \"a\": 1\n}"));

    [Fact]
    public void InAPipeARowIsALine() => Assert.Equal(
        """
        Title: which
        file         a [31m b
        longer name  1

        Section
        How to read it.

        Method                   AUROC
        none           0.5 [0.4 – 0.6]
        cohort
        HU + position            12.25

        What
        Intervals cover the choice of patients and of seeds
        {
          "a": 1
        }
        """.ReplaceLineEndings(),
        TerminalText.Render(Example, null));

    [Fact]
    public void InAWindowCellsAreWrapped()
    {
        string[] lines = TerminalText.Render(Example, 40).Split(Environment.NewLine);
        Assert.All(lines, l => Assert.InRange(l.Length, 0, 40));
        Assert.Equal(Sentence, string.Join(' ', lines.SkipWhile(l => l != "What").Skip(1).TakeWhile(l => l != "{")));
        Assert.Equal("  \"a\": 1", lines[^2]);
    }
}
