using System.Text;
using CsCheck;
using Screener.Kernel.Language;

namespace Screener.Kernel.Tests.Language;

public class CellParserTests
{
    // Pieces that are awkward beside each other: everything in which a number sign is not a directive, and line ends of all kinds.
    private static readonly string[] Pieces =
    [
        "int x = 1;", "  var s = \"#!html\";", "// #!time", "/* a", "#!html", "*/", "var r = \"\"\"", "\"\"\";", "@\"", "\";", "$\"{1",
        "}\"", "'#'", "#if false", "#endif", "#region a", "#endregion",
        "#nullable enable", "#!csharp", "#!markdown", "#!time", "  #!about", "#r \"nuget: A, 1\"", "#r \"b.dll\"", "#i \"nuget: c\"",
        "<b>it's</b>", "# Title", "", "   ", "\ud83e\ude7b", "#", "#!js", "#!lsmagic now",
    ];

    private static readonly string[] Ends = ["\n", "\r\n", "\r", "\u2028"];

    private static readonly Gen<string> Cell =
        Gen.Select(Gen.Int[0, Pieces.Length - 1], Gen.Int[0, 3], (piece, end) => Pieces[piece] + Ends[end]).List[0, 14].Select(
            string.Concat);

    [Fact]
    public void Every_character_of_C_sharp_keeps_its_place() => Cell.Sample(
        cell =>
        {
            foreach (var step in CellParser.Parse(cell).OfType<CodeStep>())
            {
                Assert.Equal(cell.Length, step.Code.Length);
                for (var i = 0; i < cell.Length; i++)
                    Assert.True(step.Code[i] == cell[i] || step.Code[i] == ' ', $"{i} in {step.Code}");
                Assert.Equal(cell.Count(c => c == '\n'), step.Code.Count(c => c == '\n'));
            }
        },
        iter: 3000);

    [Fact]
    public void Every_line_belongs_to_one_step_or_is_a_directive() => Cell.Sample(
        cell =>
        {
            var steps = CellParser.Parse(cell);
            var kept = new StringBuilder(new string(' ', cell.Length));
            foreach (var step in steps.OfType<CodeStep>())
            {
                for (var i = 0; i < cell.Length; i++)
                {
                    if (!char.IsWhiteSpace(step.Code[i]))
                    {
                        Assert.Equal(' ', kept[i]);
                        kept[i] = cell[i];
                    }
                }
            }

            // What is in no step's C# is markup, or a line that begins with a number sign.
            var markup = string.Concat(steps.OfType<MarkupStep>().Select(step => step.Text));
            var lines = new CellLines(cell);
            for (var line = 0; line < lines.Count; line++)
            {
                var text = lines.Text(line, line + 1).Trim();
                var isCode = kept.ToString(lines.Start(line), lines.Text(line, line + 1).Length).Trim() == text;
                Assert.True(
                    text.Length == 0 || isCode || text.StartsWith('#') || markup.Contains(text, StringComparison.Ordinal),
                    $"line {line} of {cell}");
            }
        },
        iter: 3000);

    [Theory]
    [InlineData("var s = @\"\n#!html\n\"; s", "code 1")]
    [InlineData("/*\n#!html\n*/ 1", "code 1")]
    [InlineData("var s = \"\"\"\n  #!html\n  \"\"\";", "code 1")]
    [InlineData("#if false\n#!html\n#endif\n1", "code 1")]
    [InlineData("#!html\n<b>it's \"open</b> /*\n#!csharp\n1", "html 2: <b>it's \"open</b> /*\n|code 4")]
    [InlineData("1\n#!markdown\n# Title\n#!mermaid\ngraph", "code 1|markdown 3: # Title\n|mermaid 5: graph")]
    [InlineData("var a = 1;\n#r \"nuget: X, 1.0\"\nvar b = 2;", "#r 2 nuget: X, 1.0|code 1")]
    [InlineData("var a = 1;\n#!import \"a b.dib\"\na", "code 1|#!import 2 a b.dib|code 3")]
    [InlineData("#!time\n\n#r \"x.dll\" // why\n1", "#r 3 x.dll|#!time 1 |code 4")]
    [InlineData("#!meta\n{}\n#!js\nf()", "javascript 4: f()")]
    [InlineData("   \n\t", "")]
    public void A_cell_falls_into_steps(string cell, string steps) => Assert.Equal(
        steps,
        string.Join('|', CellParser.Parse(cell).Select(step => step switch
        {
            CodeStep code => $"code {code.Line}",
            MarkupStep markup => $"{markup.Language} {markup.Line}: {markup.Text}",
            DirectiveStep directive => $"{directive.Name} {directive.Line} {directive.Argument}",
            _ => "?",
        })));

    [Theory]
    [InlineData("1;\n#!fsharp\nlet x = 1", "(2,1): #!fsharp needs .NET Interactive.")]
    [InlineData("#!share --from x y", "(1,1): #!share needs .NET Interactive.")]
    [InlineData("#!html\n<b>\n#!pwsh\nls", "(3,1): #!pwsh needs .NET Interactive.")]
    public void What_works_only_elsewhere_is_named_before_anything_runs(string cell, string message)
    {
        var failure = Assert.Throws<DirectiveException>(() => CellParser.Parse(cell));
        Assert.StartsWith(message, failure.Message, StringComparison.Ordinal);
        Assert.Contains("#!import FILE", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>Each of them ended the kernel's process or kept it busy for minutes.</summary>
    [Theory]
    [InlineData("{")]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("$\"{")]
    [InlineData("new(x => (")]
    [InlineData("if (a) {")]
    public void Brackets_that_the_compiler_cannot_follow_are_refused(string opening)
    {
        var cell = "var a = true;\n" + string.Concat(Enumerable.Repeat(opening, 20_000));
        var error = Assert.Throws<DirectiveException>(() => CellParser.Parse(cell));
        Assert.StartsWith("(2,1): More than 256 brackets", error.Message, StringComparison.Ordinal);
        Assert.Equal(Completeness.Invalid, CellParser.IsComplete(cell));
        Assert.Null(CellParser.CodeAround(cell, 20));
        Assert.Single(CellParser.Parse(string.Concat(Enumerable.Repeat("f(a[0]); { }\n", 2000))));
    }
}
