using Screener.Kernel.Language;

namespace Screener.Kernel.Tests.Language;

/// <summary>Completion, inspection and completeness.</summary>
public class AssistanceTests(Notebook notebook) : IClassFixture<Notebook>
{
    // The cursor stands where the bar is.
    [Theory]
    [InlineData("Math.Sq|", "Sqrt", 5)]
    [InlineData("Console.Wri|te(1)", "WriteLine", 8)]
    [InlineData("var local = \"a\"; local.Len|", "Length", 23)]
    [InlineData("#!time\n\nMath.Sq|", "Sqrt", 13)]
    [InlineData("#!html\n<b>\n#!csharp\nMath.Sq|", "Sqrt", 25)]
    [InlineData("dis|", "display", 0)]
    [InlineData("#!m|", "#!markdown", 0)]
    [InlineData("1;\n#!|", "#!about", 3)]
    [InlineData("Console.Wri|\nvar s = \"unfinished", "WriteLine", 8)]
    public async Task A_name_is_completed(string cell, string match, int start)
    {
        var cursor = cell.IndexOf('|', StringComparison.Ordinal);
        var completions = await notebook.Language.CompleteAsync(cell.Replace("|", "", StringComparison.Ordinal), cursor, default);
        Assert.Contains(match, completions.Matches);
        Assert.Equal((start, cursor), (completions.Start, completions.End));
        var typed = cell[start..cursor];
        Assert.All(completions.Matches, name => Assert.StartsWith(typed, name, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_earlier_cells_declared_is_known()
    {
        await using var own = new Notebook();
        await own.RunAsync("using System.Globalization;\nvar numbers = new List<(int Left, string Right)>();");
        await own.RunAsync(
            "/// <summary>Twice as much.</summary>\nstatic int Twice(int value) { return 2 * value; }\nrecord Patient(string Name) { "
            + "public int Age { get; init; } }\nvar patient = new Patient(\"x\");");
        await own.RunAsync("int hidden = 1;");
        await own.RunAsync("string hidden = \"\"; int.TryParse(\"1\", out var parsed);");
        await own.FailAsync("var assigned = new Version(1, 2);\nthrow new Exception();");
        Assert.Contains("AddRange", await CompleteAsync("numbers.Add"));
        Assert.Contains("Left", await CompleteAsync("numbers[0].Le"));
        Assert.Contains("Age", await CompleteAsync("patient.A"));
        Assert.Contains("InvariantCulture", await CompleteAsync("CultureInfo.Inv"));
        Assert.Contains("ToUpper", await CompleteAsync("hidden.ToU"));
        Assert.Contains("CompareTo", await CompleteAsync("parsed.Comp"));
        Assert.Contains("Major", await CompleteAsync("assigned.Maj"));
        Assert.Contains("Twice", await CompleteAsync("Tw"));
        var about = (await own.Language.InspectAsync("Twice(3)", 2, default))!;
        Assert.Contains("int Twice(int value)", about.Data["text/plain"], StringComparison.Ordinal);
        Assert.Contains("Twice as much.", about.Data["text/plain"], StringComparison.Ordinal);

        async Task<IReadOnlyList<string>> CompleteAsync(string code) =>
            (await own.Language.CompleteAsync(code, code.Length, default)).Matches;
    }

    [Theory]
    [InlineData("Math.Sqrt(2)", 7, "double Math.Sqrt(double d)")]
    [InlineData("Math.Sqrt(", 10, "double Math.Sqrt(double d)")]
    [InlineData("var x = 1;\nx", 12, "int x")]
    public async Task A_name_is_explained(string code, int cursor, string signature)
    {
        var data = (await notebook.Language.InspectAsync(code, cursor, default))!.Data;
        Assert.Contains(signature, data["text/plain"], StringComparison.Ordinal);
        Assert.Contains("```csharp", data["text/markdown"], StringComparison.Ordinal);
        Assert.StartsWith("<pre>", data["text/html"], StringComparison.Ordinal);
        if (signature.Contains("Sqrt", StringComparison.Ordinal) && Directory.Exists("/usr/share/dotnet/packs/Microsoft.NETCore.App.Ref"))
            Assert.Contains("square root", data["text/plain"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("   ", 1)]
    [InlineData("#!html\n<b>", 9)]
    [InlineData("#!fsharp\nlet x = 1", 12)]
    public async Task Nothing_is_said_where_nothing_is_known(string code, int cursor)
    {
        Assert.Null(await notebook.Language.InspectAsync(code, cursor, default));
        if (code.StartsWith('#'))
            Assert.Empty((await notebook.Language.CompleteAsync(code, cursor, default)).Matches);
    }

    [Theory]
    [InlineData("1 + 1", Completeness.Complete)]
    [InlineData("", Completeness.Complete)]
    [InlineData("for (int i = 0; i < 3; i++)", Completeness.Incomplete)]
    [InlineData("for (int i = 0; i < 3; i++) {", Completeness.Incomplete)]
    [InlineData("var s = \"\"\"\nopen", Completeness.Incomplete)]
    [InlineData("/* open", Completeness.Incomplete)]
    [InlineData("#!time\nclass A {", Completeness.Incomplete)]
    [InlineData("#!html\n<b>", Completeness.Complete)]
    [InlineData("int 3x = ;", Completeness.Invalid)]
    [InlineData("}", Completeness.Invalid)]
    [InlineData("#!fsharp\nlet x = 1", Completeness.Invalid)]
    public void A_cell_is_complete_or_not(string code, Completeness completeness) => Assert.Equal(
        completeness, notebook.Language.IsComplete(code));
}
