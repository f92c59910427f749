using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Screener.Cli.Verbs;
using Screener.Errors;
using Screener.Storage;

namespace Screener.Cli;

/// <summary>Reads the command line, runs the verb and prints what came of it.</summary>
internal sealed class ScreenerCommand(Terminal terminal)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    // A file's name may start with @.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    /// <summary>The verbs, in the order in which they are used.</summary>
    internal static IReadOnlyList<Verb> Verbs { get; } = [
        new PhantomVerb(), new DataListVerb(), new DataInfoVerb(), new DataCheckVerb(), new ImportVerb(), new PrepareVerb(),
        new PretrainVerb(), new FitVerb(), new EnsembleVerb(), new DistilVerb(), new FineTuneVerb(), new ExportVerb(),
        new ConvertVerb(), new ScreenVerb(), new MergeVerb(), new EvaluateVerb(), new LandmarksVerb(), new AblateVerb(),
        new BaselinesVerb(), new ReportVerb(), new ClusterVerb(), new DemoVerb(),
        new InfoVerb(), new NotebookRunVerb(), new KernelInstallVerb(), new KernelUninstallVerb(), new KernelListVerb(),
        new KernelStartVerb()];

    // Verbs of two words stand under their first one.
    private static readonly Dictionary<string, string> Groups = new()
    {
        ["data"] = "The paper's datasets: what they are, and whether a raw folder is whole.",
        ["notebook"] = "Run notebooks without a browser.",
        ["kernel"] = "The C# kernel for Jupyter: install, uninstall, list, start.",
    };

    /// <summary>Runs one command line.</summary>
    /// <returns>0 done, 1 failed or stopped, 2 wrong usage, 3 done but for inputs that were refused.</returns>
    internal async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken cancellation)
    {
        var (root, verbs) = Build();
        var line = root.Parse(args, Parser);
        if (line.Action is not null and not ParseErrorAction)
        {
            // Help and version.
            var help = new StringWriter();
            var streams = new InvocationConfiguration { Output = help, Error = terminal.Error };
            int code = await line.InvokeAsync(streams, CancellationToken.None);
            return TryPrint(help.ToString()) ? code : Failure.Failed;
        }

        var (json, verbose) = Settings.Wanted(line);
        if (line.Errors.Count > 0 || !verbs.TryGetValue(line.CommandResult.Command, out var verb))
        {
            string command = verbs.TryGetValue(line.CommandResult.Command, out var named)
                ? $"screener {named.Name} --help"
                : "screener --help";
            return Print(Failure.Usage(Mistakes(line, named), command), json);
        }

        try
        {
            var settings = Settings.Of(line);
            verb.NamePaths(line, new NamedPaths());
            var screen = verb.RunsOthers ? terminal with { IsInteractive = false } : terminal;
            var result = await Activities.RunAsync(
                screen, settings, activities => verb.Run(line, new VerbContext(settings, activities), cancellation));
            string text = settings.Json ? PrintableText.Json(JsonSerializer.Serialize(result.Json, Json))
                : TerminalText.Render(result.Text, terminal.Width);
            return TryPrint(text + Environment.NewLine) ? result.ExitCode : Failure.Failed;
        }
        catch (Exception e)
        {
            return Print(Failure.Of(e, verb, verbose), json);
        }
    }

    /// <summary>What the parser makes of a command line.</summary>
    internal static ParseResult Parse(IReadOnlyList<string> args) => Build().Root.Parse(args, Parser);

    private int Print(Failure failure, bool json)
    {
        terminal.Error.WriteLine(PrintableText.Lines(failure.Message));
        if (json)
            TryPrint(PrintableText.Json(JsonSerializer.Serialize(failure.Json, Json)) + Environment.NewLine);
        return failure.ExitCode;
    }

    // Where results go may be full; what was made stands then, and only the words about it are missing.
    private bool TryPrint(string text)
    {
        try
        {
            terminal.Output.Write(text);
            terminal.Output.Flush();
            return true;
        }
        catch (Exception e) when (InputFile.IsFault(e))
        {
            // Full, or closed.
            terminal.Error.WriteLine(
                $"error: standard output: it cannot be written ({e.Message.TrimEnd('.')}); expected room for it. What was made stands.");
            return false;
        }
    }

    private static IEnumerable<string> Mistakes(ParseResult line, Verb? verb)
    {
        if (verb is not null)
            return line.Errors.Select(e => e.Message);
        string group = NameOf(line);
        string commands = string.Join(", ", Verbs.Where(v => v.Name.StartsWith(group, StringComparison.Ordinal)).Select(v => v.Name));
        return [line.UnmatchedTokens.Count > 0
            ? $"'{line.UnmatchedTokens[0]}' is not a command; expected one of: {commands}."
            : $"No command given; expected one of: {commands}."];
    }

    private static (RootCommand Root, Dictionary<Command, Verb> Verbs) Build()
    {
        var root = new RootCommand(
            "Finds pathology in 3-D CT without labels, after arXiv 2502.08321. A research tool, not a medical device.");
        foreach (var option in Settings.Options)
            root.Add(option);
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        foreach (var version in root.Options.OfType<VersionOption>())
            version.Action = new VersionWithTorch();
        var verbs = new Dictionary<Command, Verb>();
        foreach (var verb in Verbs)
        {
            var command = verb.ToCommand();
            verbs.Add(command, verb);
            Parent(verb).Add(command);
        }

        return (root, verbs);

        Command Parent(Verb verb)
        {
            if (verb.Name.Split(' ') is not [var name, _])
                return root;
            var group = root.Subcommands.FirstOrDefault(c => c.Name == name);
            if (group is null)
                root.Add(group = new Command(name, Groups[name]));
            return group;
        }
    }

    /// <summary>The words of the command that was given, without the program's own name.</summary>
    private static string NameOf(ParseResult line)
    {
        var words = new Stack<string>();
        for (SymbolResult? result = line.CommandResult; result is CommandResult { Command: not RootCommand } command;
            result = result.Parent)
            words.Push(command.Command.Name);
        return string.Join(' ', words);
    }

    private sealed class VersionWithTorch : SynchronousCommandLineAction
    {
        public override bool Terminating => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(
                $"screener {ProgramVersions.Screener}, libtorch {ProgramVersions.LibTorch}, TorchSharp {ProgramVersions.TorchSharp}, "
                + $".NET {Environment.Version}");
            return 0;
        }
    }

    private sealed class HelpWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            int result = help.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            string name = NameOf(parseResult);
            var named = name.Length == 0
                ? []
                : Verbs.Where(v => v.Name == name || v.Name.StartsWith(name + " ", StringComparison.Ordinal)).ToList();
            output.WriteLine(named.Count > 0 ? "Examples:" : "An example of each command:");
            foreach (string example in named.Count == 1 ? named[0].Examples : (named.Count > 0 ? named : Verbs).Select(v => v.Examples[0]))
                output.WriteLine($"  {example}");
            if (named.Count == 0)
            {
                output.WriteLine();
                output.WriteLine(
                    "Exit code: 0 done, 1 failed or stopped (Ctrl-C), 2 wrong usage, 3 a folder screened but for CTs that were refused.");
            }

            output.WriteLine();
            return result;
        }
    }
}
