using System.Text.RegularExpressions;
using Screener.Storage;

namespace Screener.Tests;

/// <summary>The folders of library and experiments lie in the order in which data flows, and none refers to a later one.</summary>
public sealed partial class ArchitectureTests
{
    private static readonly string[] Method =
    [
        "Errors", "Randomness", "Runtime", "Storage", "Imaging", "Preprocessing", "Augmentation", "Models", "Losses", "Conditions",
        "Densities", "Training", "SyntheticLesions", "HuBaselines", "Inference",
    ];

    private static readonly string[] Experiments =
    [
        "Annotations", "Datasets", "Baselines", "Distillation", "Evaluation", "FineTuning", "Ablations", "Reporting", "Studies",
    ];

    private static readonly string[] Order = [.. Method, .. Experiments];

    [Fact]
    public void NoFolderRefersToALaterOne()
    {
        var forward = new List<string>();
        foreach (var (name, folder, code) in Library())
        {
            Assert.True(Order.Contains(folder), $"{name}: {folder} is not in the order");
            foreach (string other in Folders().Matches(code).Select(m => m.Groups[1].Value).Where(Order.Contains).Distinct())
            {
                if (Array.IndexOf(Order, other) > Array.IndexOf(Order, folder))
                    forward.Add($"{name} refers to {other}");
            }
        }

        Assert.Empty(forward);
    }

    [Fact]
    public void WhatMakesAMapHoldsNothingElse() =>
        Assert.Equal(Method.Order(), Library("Screener").Select(f => f.Folder).Distinct().Order());

    [Fact]
    public void TheReadmeNamesEveryFolderInThisOrder()
    {
        var floors = File.ReadLines(Path.Combine(RepositoryFolder.Find(), "README.md")).Where(l => l.Contains('→'));
        Assert.Equal(Order, floors.SelectMany(l => NamedFolder().Matches(l)).Select(m => m.Groups[1].Value));
    }

    [Theory]
    [InlineData("Screener")]
    [InlineData("Screener.Experiments", "Screener")]
    [InlineData("Screener.Phantoms", "Screener", "Screener.Experiments")]
    [InlineData("Screener.PyTorch", "Screener")]
    [InlineData("Screener.Kernel")]
    [InlineData("Screener.Interactive", "Screener", "Screener.Experiments", "Screener.Phantoms", "Screener.PyTorch")]
    [InlineData("Screener.Cli", "Screener", "Screener.Experiments", "Screener.Phantoms", "Screener.PyTorch", "Screener.Kernel")]
    public void AProjectRefersToNoOthers(string project, params string[] others)
    {
        var file = System.Xml.Linq.XDocument.Load(Path.Combine(RepositoryFolder.Find(), "src", project, project + ".csproj"));
        Assert.Equal(
            others, file.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)));
    }

    [Fact]
    public void AForwardReferenceIsSeen()
    {
        Assert.Equal(["Reporting"], Folders().Matches("using Screener.Reporting;").Select(m => m.Groups[1].Value));
        Assert.Equal(["Training"], Folders().Matches("var x = Training.Pretraining.Of(y.Training.Z);").Select(m => m.Groups[1].Value));
    }

    [Fact]
    public void TheLibraryKnowsNeitherConsoleNorThoseThatUseIt() =>
        Assert.DoesNotContain(Library(), f => Users().IsMatch(f.Code));

    [Fact]
    public void FilesAreOpenedForReadingInOnePlace()
    {
        // One that opens them by itself would wait for a pipe for ever, and read whatever a sparse file claims.
        Assert.DoesNotContain(Sources("src"), f =>
            Path.GetFileName(f) is not ("RegularFile.cs" or "InputFile.cs" or "AtomicFile.cs" or "MendedTorchSharp.cs")
            && Opening().IsMatch(Code(f)));
    }

    [Fact]
    public void FilesAreWrittenInOnePlace()
    {
        // One that writes them by itself would leave half a file, a changed mode, or a file where a link or a device was.
        // But for: a folder that appears whole, files that nobody else may read, and locks.
        string[] others = ["AtomicFile.cs", "DicomSeriesWriter.cs", "ConnectionFile.cs", "DatasetImport.cs", "HeldFolder.cs"];
        Assert.DoesNotContain(Sources("src"), f => !others.Contains(Path.GetFileName(f)) && Writing().IsMatch(Code(f)));
    }

    [Fact]
    public void NoFileIsTooLongToBeReadInOneGo() =>
        Assert.DoesNotContain(Sources("src").Concat(Sources("tests")), f => File.ReadLines(f).Count() > 400);

    [Fact]
    public void NoLineIsLongerThanAHundredAndFortyLetters()
    {
        var scripts = Directory.EnumerateFiles(Path.Combine(RepositoryFolder.Find(), "environment"))
            .Where(f => Path.GetExtension(f) is ".sh" or "");
        var pages = ((string[])["*.js", "*.css"]).SelectMany(p => Sources("src", p));
        var files = Sources("src").Concat(Sources("tests")).Concat(scripts).Concat(pages);
        Assert.Empty(files.SelectMany(f => File.ReadLines(f).Where(l => l.Length > 140).Select(l => $"{Path.GetFileName(f)}: {l}")));
    }

    /// <summary>The files of the library and of its experiments, their folder, and their text without comments.</summary>
    private static IEnumerable<(string Name, string Folder, string Code)> Library() =>
        Library("Screener").Concat(Library("Screener.Experiments"));

    private static IEnumerable<(string Name, string Folder, string Code)> Library(string project)
    {
        string root = Path.Combine(RepositoryFolder.Find(), "src", project);
        foreach (string file in Sources(Path.Combine("src", project)))
        {
            string name = Path.GetRelativePath(root, file);
            yield return (name, name.Split(Path.DirectorySeparatorChar)[0], Code(file));
        }
    }

    private static string Code(string file) =>
        string.Join('\n', File.ReadLines(file).Where(l => !l.TrimStart().StartsWith("//", StringComparison.Ordinal)));

    private static IEnumerable<string> Sources(string folder, string pattern = "*.cs")
    {
        string root = Path.Combine(RepositoryFolder.Find(), folder);
        var files = Directory.EnumerateFiles(root, pattern, SearchOption.AllDirectories)
            .Where(f => !Path.GetRelativePath(root, f).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")).ToList();
        Assert.NotEmpty(files);
        return files;
    }

    [GeneratedRegex(
        @"\bFile\.(OpenRead|OpenText|OpenHandle\(path[,)]|ReadAll\w+|ReadLines)\(?|\bZipFile\.|new StreamReader\(""|FileMode\.Open,")]
    private static partial Regex Opening();

    [GeneratedRegex(@"(?<!\.)\bFile\.(Write|Append|Create|Move|Copy|Replace)\w*[(,]|FileMode\.(Create|OpenOrCreate|Append|Truncate)")]
    private static partial Regex Writing();

    [GeneratedRegex(@"\bConsole\.|\bScreener\.(Cli|Interactive|Kernel|Phantoms|PyTorch)\b|\busing Phantoms\b")]
    private static partial Regex Users();

    [GeneratedRegex(@"`([A-Z]\w+)`")]
    private static partial Regex NamedFolder();

    // Screener.Folder, or Folder.Type as code inside of Screener may write it.
    [GeneratedRegex(@"(?:\bScreener\.|(?<![\w.]))([A-Z]\w*)(?=\.[A-Z]|;)")]
    private static partial Regex Folders();
}
