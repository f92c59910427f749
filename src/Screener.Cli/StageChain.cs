using System.Collections.Concurrent;
using System.Reflection;
using Screener.Runtime;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli;

/// <summary>Commands of this program, one made of what others made: each is run unless what it makes is there.</summary>
/// <param name="folder">The folder of everything; what is known of the stages lies in its <c>stages</c>.</param>
/// <param name="context">Settings and notes.</param>
/// <param name="cancellation">Stops the stage under way.</param>
internal sealed class StageChain(string folder, VerbContext context, CancellationToken cancellation)
{
    // A stage is made by the program as much as of files.
    private static readonly string Program =
        typeof(StageChain).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>The overlap of windows in evaluations that have to be short.</summary>
    /// <remarks>A quarter takes three fifths of the time of a half, and was as good in the mean on the phantoms that decide
    /// (notebooks/RESULTS.md).</remarks>
    internal const string QuickOverlap = "0.25";

    private readonly ConcurrentDictionary<string, Artefact> _done = [];

    /// <summary>Where what is known of the stages is kept.</summary>
    internal ArtefactStore Store { get; } = new(Path.Combine(folder, "stages"));

    /// <summary>What a stage took.</summary>
    internal Artefact this[string name] => _done[name];

    /// <summary>What a stage took, in words.</summary>
    internal static string Words(Artefact artefact) =>
        Invariant($"{artefact.Seconds:0} s, peak memory {artefact.PeakMemoryBytes / 1e9:0.0} GB");

    /// <summary>Writes what stages took, a line each, for 'screener report --timings'.</summary>
    /// <returns>The file, and what stands in it.</returns>
    internal (string File, string Text) WriteTimings(IEnumerable<string> names)
    {
        string file = In("timings.txt"), text = string.Concat(names.Select(name => $"{name}\t{Words(this[name])}\n"));
        AtomicFile.WriteText(file, text);
        return (file, text);
    }

    /// <summary>A path within the folder.</summary>
    internal string In(string name) => Path.Combine(folder, name);

    /// <summary>The arguments for a seed that is so much more than the one that was asked for.</summary>
    internal string[] Seed(ulong more = 0) => ["--seed", Invariant($"{context.Settings.Seed + more}")];

    /// <summary>Device and precision, where they were asked for.</summary>
    internal IEnumerable<string> Everywhere()
    {
        var (compute, precision) = (context.Settings.Compute, context.Settings.Precision);
        if (compute.Device != ComputeOptions.Default.Device)
            yield return $"--device={compute.Device}";
        if (precision is not null)
            yield return $"--precision={precision}".ToLowerInvariant();
    }

    /// <summary>Tries something in a folder that holds nothing before and is gone afterwards.</summary>
    /// <param name="work">The work, given a path within that folder by name.</param>
    internal void Try(Action<Func<string, string>> work)
    {
        string trial = In("stages/trial");
        Clear();
        Directory.CreateDirectory(trial);
        try
        {
            work(name => Path.Combine(trial, name));
        }
        finally
        {
            Clear();
        }

        void Clear()
        {
            if (Directory.Exists(trial))
                Directory.Delete(trial, recursive: true);
        }
    }

    /// <summary>Runs a command unless what it makes is there.</summary>
    /// <param name="name">The stage.</param>
    /// <param name="inputs">The files and folders that it is made of.</param>
    /// <param name="outputs">The files and folders that it makes.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="isQuiet">True if it shows no progress.</param>
    /// <param name="stop">Stops it, in place of the chain's own.</param>
    /// <returns>The file of what it printed.</returns>
    internal string Run(
        string name, string[] inputs, string[] outputs, string[] arguments, bool isQuiet = false, CancellationToken? stop = null)
    {
        string output = In($"stages/{name}.out");
        string[] whole = [.. arguments, .. Everywhere()];
        var (artefact, isKept) = Store.Make(
            name, new { whole, Program }, inputs, [.. outputs, output],
            () =>
            {
                context.Activities.Note($"== {name}");
                return StageProcess.Run(name, isQuiet ? [.. whole, "--quiet"] : whole, output, stop ?? cancellation);
            },
            cancellation);
        _done[name] = artefact;
        context.Activities.Note($"== {name}: {(isKept ? "done before, " : "")}{Words(artefact)}");
        return output;
    }
}
