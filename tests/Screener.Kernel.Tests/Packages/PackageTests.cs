using System.Text;
using Screener.Kernel.Tests.Language;
using Screener.Kernel.Tests.Notebooks;
using Screener.Tests;

namespace Screener.Kernel.Tests.Packages;

/// <summary>Packages from a local feed, made here.</summary>
[Collection(WholeProcessCollection.Name)]
public sealed class PackageTests : IDisposable
{
    private readonly PackageFeed feed = new();

    public void Dispose() => feed.Dispose();

    [Fact]
    public async Task A_package_arrives_with_what_it_depends_on_and_its_extension_runs_before_the_cell()
    {
        var inner = PackageFeed.Compile("Inner", "public static class Inner { public static string Name => \"inner\"; }");
        var outer = PackageFeed.Compile(
            "Outer", "namespace Outside; public static class Outer { public static string Name => \"outer of \" + Inner.Name; }", "1.0.0.0",
            inner);
        feed.Pack("Test.Inner", "1.2.0", [], ("lib/net8.0/Inner.dll", inner));
        feed.Pack(
            "Test.Outer",
            "2.0.0",
            [("Test.Inner", "1.0.0")],
            ("lib/net8.0/Outer.dll", outer),
            ("interactive-extensions/dotnet/extension.dib",
                Encoding.UTF8.GetBytes("#!csharp\nusing Outside;\nvar fromExtension = Outer.Name;\n\n#!markdown\n# Hello\n")),
            ("interactive-extensions/dotnet/Extra.dll", inner));
        await using var notebook = feed.NewNotebook();
        var (value, output) = await notebook.RunAsync("#r \"nuget: Test.Outer, 2.0.0\"\nfromExtension + \"!\"");
        Assert.Equal("outer of inner!", value);
        Assert.Contains("Restoring", output.Displays[0].Data.Data["text/html"], StringComparison.Ordinal);
        Assert.Contains("<li><span>Test.Outer, 2.0.0</span></li>", output.Updates[0].Data.Data["text/html"], StringComparison.Ordinal);
        Assert.Equal(output.Displays[0].DisplayId, output.Updates[0].DisplayId);
        Assert.Contains("<h1 id=\"hello\">Hello</h1>", output.Displays[1].Data.Data["text/html"], StringComparison.Ordinal);
        Assert.Contains("<small>Extra.dll of Test.Outer is not loaded", output.Updates[0].Data.Data["text/html"], StringComparison.Ordinal);

        // Asked for again: nothing is done again, and what any version satisfies is satisfied.
        var (_, again) = await notebook.RunAsync("#r \"nuget: Test.Outer, 2.0.0\"\n#r \"nuget:Test.Inner\"");
        Assert.Contains("Test.Inner, 1.2.0", again.Updates[0].Data.Data["text/html"], StringComparison.Ordinal);
        Assert.Single(again.Displays);

        feed.Pack("Test.Outer", "3.0.0", [], ("lib/net8.0/Outer.dll", outer));
        var conflict = await notebook.FailAsync("#r \"nuget: Test.Outer, 3.0.0\"");
        Assert.Equal(
            ("PackageError",
                "Test.Outer 3.0.0 cannot be added, because this session uses version 2.0.0. Restart the kernel and ask for 3.0.0 first."),
                (conflict.Name, conflict.Message));
    }

    [Fact]
    public async Task Versions_are_the_newest_stable_or_the_newest_of_all_or_the_one_that_is_named()
    {
        foreach (var version in new[] { "1.0.0", "1.1.0", "2.0.0-beta.1" })
            feed.Pack(
                "Test.Versions", version, [],
                ("lib/net8.0/Versions.dll",
                    PackageFeed.Compile("Versions", $"public static class V {{ public const string Is = \"{version}\"; }}")));
        foreach (var (asked, got) in new[] { ("Test.Versions", "1.1.0"), ("Test.Versions, *-*", "2.0.0-beta.1") })
        {
            await using var notebook = feed.NewNotebook();
            Assert.Equal(got, (await notebook.RunAsync($"#r \"nuget: {asked}\"\nV.Is")).Value);
        }

        await using var another = feed.NewNotebook();
        var failure = await another.FailAsync("#r \"nuget: Test.Versions, 1.0.5\"");
        Assert.Contains("the nearest is 1.1.0", failure.Message, StringComparison.Ordinal);
        // The failed request is forgotten.
        Assert.Equal("2", (await another.RunAsync("1 + 1")).Value);
    }

    [Fact]
    public async Task What_NuGet_says_of_a_missing_package_is_told_at_once()
    {
        await using var notebook = feed.NewNotebook();
        var failure = await notebook.FailAsync("#r \"nuget: Test.Missing, 1.0.0\"\nint unreached = 1;");
        Assert.Equal("PackageError", failure.Name);
        Assert.Contains(failure.Trace, line => line.StartsWith("NU1101: Unable to find package Test.Missing", StringComparison.Ordinal));
        Assert.Contains("CS0103", (await notebook.FailAsync("unreached")).Message, StringComparison.Ordinal);
        Assert.Equal("PackageError", (await notebook.FailAsync("#r \"nuget: not a name\"")).Name);
        Assert.Equal("PackageError", (await notebook.FailAsync("#i \"nuget: /no/such/folder\"")).Name);
    }

    [Fact]
    public async Task Screeners_packages_come_from_the_folder_that_pack_sh_fills_and_from_nowhere_else()
    {
        string packed = Directory.CreateDirectory(Path.Combine(feed.Folder, "artifacts", "packages")).FullName;
        Pack("Screener.Interactive", "0.1.0", "ours");
        foreach (var file in Directory.GetFiles(Path.Combine(feed.Folder, "feed")))
            File.Move(file, Path.Combine(packed, Path.GetFileName(file)));
        Pack("Screener.Interactive", "0.1.0", "a stranger's");
        Pack("Screener.Interactive", "9.0.0", "a stranger's");
        Pack("Screener.Extras", "1.0.0", "a stranger's");
        Pack("Other", "1.0.0", "another's");

        // The committed settings, and those of a user whose one feed the strangers have filled.
        string own = Path.Combine(feed.Folder, "notebooks", "nuget.config"), users = Path.Combine(feed.Folder, "nuget.config");
        const string Local = "\"local\" value=\"../feed\"", Named = "\"nuget.org\" value=\"feed\"";
        File.WriteAllText(users, File.ReadAllText(own).Replace(Local, Named, StringComparison.Ordinal));
        File.Copy(Path.Combine(LessonFiles.Folder, "nuget.config"), own, overwrite: true);
        foreach (string asked in (string[])["Screener.Interactive, 0.1.0", "Screener.Interactive"])
        {
            await using var notebook = feed.NewNotebook();
            Assert.Equal("ours", (await notebook.RunAsync($"#r \"nuget: {asked}\"\nP.Is")).Value);
        }

        await using var another = feed.NewNotebook();
        Assert.Equal("another's", (await another.RunAsync("#r \"nuget: Other, 1.0.0\"\nP.Is")).Value);
        Assert.Equal("PackageError", (await another.FailAsync("#r \"nuget: Screener.Extras, 1.0.0\"")).Name);

        void Pack(string id, string version, string says)
        {
            var library = PackageFeed.Compile(id, $"public static class P {{ public const string Is = \"{says}\"; }}");
            feed.Pack(id, version, [], ($"lib/net8.0/{id}.dll", library));
        }
    }

    [Fact]
    public async Task Another_source_is_added_by_i()
    {
        var other = Directory.CreateDirectory(Path.Combine(feed.Folder, "other")).FullName;
        feed.Pack(
            "Test.Elsewhere", "1.0.0", [],
            ("lib/net8.0/Elsewhere.dll", PackageFeed.Compile("Elsewhere", "public static class E { public const int One = 1; }")));
        File.Move(Path.Combine(feed.Folder, "feed", "Test.Elsewhere.1.0.0.nupkg"), Path.Combine(other, "Test.Elsewhere.1.0.0.nupkg"));
        await using var notebook = feed.NewNotebook();
        Assert.Equal("1", (await notebook.RunAsync("#i \"nuget: ../other\"\n#r \"nuget: Test.Elsewhere\"\nE.One")).Value);
    }

    [Fact]
    public async Task Native_libraries_are_found_in_packages_and_the_formatters_are_the_kernels_own()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("The native library that this test packs is Linux's.");
        // Any native library will do; this one is on every machine that runs .NET.
        var native = Directory.GetFiles(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.so").Single();
        var formatting = File.ReadAllBytes(typeof(Microsoft.DotNet.Interactive.Formatting.Formatter).Assembly.Location);
        var caller = PackageFeed.Compile(
            "Caller",
            """
            using System.Runtime.InteropServices;
            using Microsoft.DotNet.Interactive.Formatting;
            public static class Caller
            {
                [DllImport("Unlikely", EntryPoint = "SystemNative_GetPid")] public static extern int Pid();
                public static void Register() => Formatter.Register<Caller2>(_ => "formatted", "text/html");
            }
            public class Caller2 { }
            """);
        feed.Pack(
            "Test.Native",
            "1.0.0",
            [],
            ("lib/net8.0/Caller.dll", caller),
            ("lib/net8.0/Microsoft.DotNet.Interactive.Formatting.dll", formatting),
            ($"runtimes/{System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}/native/libUnlikely.so",
                File.ReadAllBytes(native)));
        await using var notebook = feed.NewNotebook();
        Assert.Equal($"{Environment.ProcessId}", (await notebook.RunAsync("#r \"nuget: Test.Native\"\nCaller.Pid()")).Value);
        Assert.Equal("formatted", (await notebook.RunAsync("Caller.Register();\nnew Caller2()")).Value);
    }

    [Fact]
    public async Task A_type_brings_its_own_formatter_by_name_alone()
    {
        // No reference to the formatters: an attribute and a class of the right names.
        var library = PackageFeed.Compile(
            "Selfmade",
            """
            using System; using System.Collections.Generic; using System.IO;
            [AttributeUsage(AttributeTargets.Class)]
            class TypeFormatterSourceAttribute : Attribute { public TypeFormatterSourceAttribute(Type type) => FormatterSourceType = type; public Type FormatterSourceType { get; } }
            [TypeFormatterSource(typeof(Source))] public class Shown { }
            class Source { public IEnumerable<object> CreateTypeFormatters() { yield return new Html(); } }
            class Html { public string MimeType => "text/html"; public bool Format(object instance, TextWriter writer) { writer.Write("<b>by name</b>"); return true; } }
            """);
        File.WriteAllBytes("Selfmade.dll", library);
        await using var notebook = feed.NewNotebook();
        Assert.Equal("<b>by name</b>", (await notebook.RunAsync("#r \"Selfmade.dll\"\nnew Shown()")).Value);
    }

    [Fact]
    public async Task A_referenced_file_finds_its_neighbours()
    {
        var inner = PackageFeed.Compile("Beside", "public class Beside { public int Two => 2; }");
        File.WriteAllBytes("Beside.dll", inner);
        File.WriteAllBytes(
            "Front.dll",
            PackageFeed.Compile("Front", "public static class Front { public static Beside Make() => new Beside(); }", "1.0.0.0", inner));
        await using var notebook = feed.NewNotebook();
        Assert.Equal("2", (await notebook.RunAsync("#r \"Front.dll\"\nFront.Make().Two")).Value);
        Assert.StartsWith(
            "(2,1): #r \"Missing.dll\": there is no such file", (await notebook.FailAsync("\n#r \"Missing.dll\"")).Message,
            StringComparison.Ordinal);
        await notebook.RunAsync("#r \"System.Xml.Linq\"");
    }

    [Fact]
    public async Task A_newer_copy_of_a_part_of_NET_takes_its_place_and_an_older_one_does_not()
    {
        feed.Pack(
            "Test.Newer", "1.0.0", [],
            ("lib/net8.0/System.Web.HttpUtility.dll",
                PackageFeed.Compile("System.Web.HttpUtility", "public static class Newer { public const int Is = 1; }", "99.0.0.0")));
        feed.Pack(
            "Test.Older", "1.0.0", [],
            ("lib/net8.0/System.IO.Pipes.dll",
                PackageFeed.Compile("System.IO.Pipes", "public static class Older { public const int Is = 1; }")));
        await using var notebook = feed.NewNotebook();
        Assert.Equal("1", (await notebook.RunAsync("#r \"nuget: Test.Newer\"\n#r \"nuget: Test.Older\"\nNewer.Is")).Value);
        Assert.Contains("CS0103", (await notebook.FailAsync("Older.Is")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restoring_is_done_once_and_can_be_stopped()
    {
        feed.Pack("Test.Once", "1.0.0", [], ("lib/net8.0/Once.dll", PackageFeed.Compile("Once", "public static class Once { }")));
        await using (var stopped = feed.NewNotebook())
        {
            using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            Assert.Equal("Stopped", (await stopped.FailAsync("#r \"nuget: Test.Once, 1.0.0\"", stop.Token)).Name);
        }

        await using (var first = feed.NewNotebook())
            await first.RunAsync("#r \"nuget: Test.Once, 1.0.0\"");
        var finished = Assert.Single(Directory.GetFiles(Path.Combine(feed.Folder, "restored"), "finished", SearchOption.AllDirectories));
        var at = File.GetLastWriteTimeUtc(finished);
        await using (var second = feed.NewNotebook())
            await second.RunAsync("#r \"nuget: Test.Once, 1.0.0\"");
        Assert.Equal(at, File.GetLastWriteTimeUtc(finished));
    }

    [Fact]
    public async Task Documents_are_imported_by_their_kind()
    {
        File.WriteAllText("more.cs", "int fromFile = 1;\nint Twice(int x) => 2 * x;");
        File.WriteAllText(
            "more.dib", "#!meta\n{\"kernelInfo\":{}}\n#!csharp\nint fromDib = 2;\n#!html\n<i>dib</i>\n#!csharp\nfromDib + 1\n");
        File.WriteAllText("more.ipynb", """
            {"cells":[
              {"cell_type":"markdown","metadata":{},"source":["# Title"]},
              {"cell_type":"code","metadata":{"dotnet_interactive":{"language":"csharp"}},"source":["int fromNotebook = 3;\n","throw new Exception(\"in the notebook\");"]},
              {"cell_type":"code","metadata":{"polyglot_notebook":{"kernelName":"fsharp"}},"source":"let x = 1"}
            ],"metadata":{},"nbformat":4,"nbformat_minor":5}
            """);
        File.WriteAllText("self.dib", "#!import self.dib");
        await using var notebook = feed.NewNotebook();
        Assert.Equal("12", (await notebook.RunAsync("int before = 10;\n#!import \"more.cs\"\nbefore + Twice(fromFile)")).Value);
        var (_, output) = await notebook.RunAsync("#!import more.dib");
        Assert.Equal(
            ["<i>dib</i>\n", "<div class=\"dni-plaintext\"><pre>3</pre></div>"],
            output.Displays.Select(shown => shown.Data.Data["text/html"].Split("<style>")[0]));
        var failure = await notebook.FailAsync("#!import more.ipynb");
        Assert.Contains("   at more.ipynb [2], line 2: throw new Exception(\"in the notebook\");", failure.Trace);
        Assert.Equal("3", (await notebook.RunAsync("fromNotebook")).Value);
        Assert.Contains("without end", (await notebook.FailAsync("#!import self.dib")).Message, StringComparison.Ordinal);
        Assert.StartsWith(
            "(1,1): #!import missing.dib: there is no such file", (await notebook.FailAsync("#!import missing.dib")).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "expected a file that ends in", (await notebook.FailAsync("#!import nuget.config")).Message, StringComparison.Ordinal);
        File.WriteAllText("broken.ipynb", "{");
        Assert.Equal("DirectiveError", (await notebook.FailAsync("#!import broken.ipynb")).Name);
        File.WriteAllText("loaded.csx", "int fromLoaded = 4;");
        Assert.Equal("4", (await notebook.RunAsync("#load \"loaded.csx\"\nfromLoaded")).Value);
    }
}
