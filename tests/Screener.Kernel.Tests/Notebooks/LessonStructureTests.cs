using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Screener.Interactive.Tests.Packaging;
using Screener.Kernel.Notebooks;

namespace Screener.Kernel.Tests.Notebooks;

/// <summary>Lessons are committed clean and follow one form.</summary>
public sealed partial class LessonStructureTests
{
    private const int LongestCodeLine = 120;

    public static TheoryData<string> Names => LessonFiles.Names;

    [Theory]
    [MemberData(nameof(Names))]
    public void IsCleanAndWrittenAsJupyterWritesIt(string name)
    {
        var notebook = LessonFiles.Read(name);
        Assert.Equal((4, 5), (notebook["nbformat"]!.GetValue<int>(), notebook["nbformat_minor"]!.GetValue<int>()));
        foreach (var cell in LessonFiles.Cells(notebook).Where(c => c["cell_type"]!.GetValue<string>() == "code"))
        {
            Assert.Empty(cell["outputs"]!.AsArray());
            Assert.Null(cell["execution_count"]);
        }

        // Saving it in Jupyter changes nothing.
        string file = Path.Combine(LessonFiles.Folder, name);
        Assert.Equal(File.ReadAllText(file), Notebook.Read(file).ToJson());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void NamesItsKernelAndLanguageAsDotnetInteractiveDoes(string name)
    {
        var metadata = LessonFiles.Read(name)["metadata"]!;
        Assert.True(
            JsonNode.DeepEquals(
                JsonNode.Parse("""{"display_name": ".NET (C#)", "language": "C#", "name": ".net-csharp"}"""), metadata["kernelspec"]));
        Assert.Equal(
            ("C#", ".cs", "text/x-csharp", "csharp"), (Info("name"), Info("file_extension"), Info("mimetype"), Info("pygments_lexer")));

        string Info(string field) => metadata["language_info"]![field]!.GetValue<string>();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void CellsHaveUniqueReadableIdsAndText(string name)
    {
        var cells = LessonFiles.Cells(LessonFiles.Read(name));
        var ids = cells.Select(c => c["id"]!.GetValue<string>()).ToList();
        Assert.Distinct(ids);
        Assert.All(ids, id => Assert.Matches(Id(), id));
        Assert.All(cells, c => Assert.False(string.IsNullOrWhiteSpace(LessonFiles.Source(c))));
        foreach (var cell in cells.Where(c => c["cell_type"]!.GetValue<string>() == "code"))
            Assert.All(
                LessonFiles.Source(cell).Split('\n'),
                line => Assert.True(line.Length <= LongestCodeLine, $"{line.Length} characters: {line}"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void OpensWithPurposePackageAndTheOneParametersCell(string name)
    {
        var cells = LessonFiles.Cells(LessonFiles.Read(name));
        string opening = LessonFiles.Source(cells[0]);
        Assert.Equal(("markdown", "code", "code"), (Type(cells[0]), Type(cells[1]), Type(cells[2])));
        Assert.StartsWith($"# {name[..2]} ", opening, StringComparison.Ordinal);
        Assert.Contains("**Time:**", opening, StringComparison.Ordinal);
        Assert.Contains("**Needs:**", opening, StringComparison.Ordinal);
        Assert.Equal(LessonFiles.PackageCell, LessonFiles.Source(cells[1]));
        Assert.Contains("LessonSettings.Quick.FromEnvironment()", LessonFiles.Source(cells[2]), StringComparison.Ordinal);
        Assert.Equal(
            [2],
            Enumerable.Range(0, cells.Count).Where(
                i => cells[i]["metadata"]!["tags"] is JsonArray tags && tags.Any(t => t!.GetValue<string>() == "parameters")));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ShowsWhereInTheMethodItStandsWhatIsLearntAndWhereItIsFrom(string name)
    {
        string opening = LessonFiles.Source(LessonFiles.Cells(LessonFiles.Read(name))[0]);
        string picture = MethodPicture().Match(opening).Groups[1].Value;
        Assert.True(File.Exists(Path.Combine(LessonFiles.Folder, picture)), picture);
        Assert.Contains("**You will learn**\n\n- ", opening, StringComparison.Ordinal);
        Assert.Matches(@"\n\*\*Paper:\*\* .+\[glossary\]\(GLOSSARY\.md\)", opening);
    }

    // They light different parts of one picture.
    [Fact]
    public void ThePicturesOfTheMethodDifferByTheLitPartAlone()
    {
        var pictures = Directory.GetFiles(Path.Combine(LessonFiles.Folder, "method"), "*.svg");
        Assert.Equal(9, pictures.Length);
        Assert.Single(pictures.Select(p => File.ReadAllText(p).Replace(
            $"class=\"{Path.GetFileNameWithoutExtension(p)}\"", "", StringComparison.Ordinal)).Distinct());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AsksAndHidesItsAnswers(string name)
    {
        var cells = LessonFiles.Cells(LessonFiles.Read(name));
        string quiz = LessonFiles.Source(cells.Single(c => c["id"]!.GetValue<string>() == "quiz"));
        int questions = Question().Count(quiz);
        Assert.InRange(questions, 2, 3);
        Assert.Equal(questions, Answer().Count(quiz));
        Assert.Equal(1, Answer().Count(LessonFiles.Source(cells[^1])));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void LinksToWordsAndLessonsThatAreThere(string name)
    {
        var words = Heading().Matches(File.ReadAllText(Path.Combine(LessonFiles.Folder, "GLOSSARY.md"))).Select(
            m => m.Groups[1].Value.ToLowerInvariant().Replace(' ', '-')).ToList();
        string text = string.Join('\n', LessonFiles.Cells(LessonFiles.Read(name)).Select(LessonFiles.Source));
        var linked = Word().Matches(text).Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(linked);
        Assert.Empty(linked.Except(words));
    }

    // Asked as environment/pack.sh asks it.
    [Theory]
    [InlineData("Screener")]
    [InlineData("Screener.Interactive")]
    public void ThePackagesAreOfTheVersionThatTheLessonsAskFor(string project)
    {
        string file = Path.Combine(LessonFiles.Folder, "..", "src", project, project + ".csproj");
        string version = PackedScreener.Run("dotnet", "msbuild", file, "-getProperty:Version", "-nologo").Trim();
        Assert.Equal(LessonFiles.PackageCell, $"#r \"nuget: Screener.Interactive, {version}\"");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EndsWithSomethingToTry(string name)
    {
        var last = LessonFiles.Cells(LessonFiles.Read(name))[^1];
        Assert.Equal("markdown", Type(last));
        Assert.Contains("**Try:**", LessonFiles.Source(last), StringComparison.Ordinal);
    }

    [Fact]
    public void AllLessonsAreListedInOrder()
    {
        string list = File.ReadAllText(Path.Combine(LessonFiles.Folder, "README.md"));
        var named = LessonName().Matches(list).Select(m => m.Value).Distinct().ToList();
        Assert.Equal(LessonFiles.Names.Select(n => n.Data), named);
    }

    private static string Type(JsonObject cell) => cell["cell_type"]!.GetValue<string>();

    [GeneratedRegex("^[a-z][a-z0-9-]{1,30}$")]
    private static partial Regex Id();

    [GeneratedRegex(@"!\[[^\]]+\]\((method/[a-z]+\.svg)\)")]
    private static partial Regex MethodPicture();

    [GeneratedRegex(@"^\*\*\d\.\*\* ", RegexOptions.Multiline)]
    private static partial Regex Question();

    // As Jupyter, VS Code, GitHub and our pages read it.
    [GeneratedRegex(@"^<details><summary>[^<>]+</summary>\n\n(?:(?!</?details).+\n|\n)+\n</details>$", RegexOptions.Multiline)]
    private static partial Regex Answer();

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"\(GLOSSARY\.md#([a-z-]+)\)")]
    private static partial Regex Word();

    [GeneratedRegex("[0-9]{2}-[a-z-]+[.]ipynb")]
    private static partial Regex LessonName();
}
