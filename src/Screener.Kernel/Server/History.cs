using System.IO.Enumeration;
using System.Text.Json;
using System.Text.Json.Nodes;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Server;

/// <summary>The cells that ran in this kernel since its start. Thread-safe.</summary>
/// <param name="capacity">How many it remembers.</param>
internal sealed class History(int capacity = 5000)
{
    // One start of the kernel is one session; what was before is not kept.
    private const int Session = 1;
    private const int LongestOutput = 10_000;

    private readonly Lock _turn = new();
    private readonly Queue<(int Line, string Code, string? Output)> _entries = new();

    /// <summary>Remembers a cell.</summary>
    /// <param name="line">Its execution count.</param>
    /// <param name="code">Its text.</param>
    /// <param name="output">Its value as text, or null.</param>
    internal void Add(int line, string code, string? output)
    {
        lock (_turn)
        {
            _entries.Enqueue((line, code, output is { Length: > LongestOutput } ? output[..LongestOutput] : output));
            if (_entries.Count > capacity)
                _entries.Dequeue();
        }
    }

    /// <summary>Answers a <c>history_request</c>.</summary>
    internal JsonObject Answer(JsonElement request)
    {
        (int Line, string Code, string? Output)[] entries;
        lock (_turn)
            entries = [.. _entries];
        bool withOutput = request.Flag("output", false);
        int last = request.Whole("n", int.MaxValue);
        var found = request.Text("hist_access_type", "tail") switch
        {
            "range" => Range(entries, request),
            "search" => Search(entries, request).TakeLast(last),
            _ => entries.TakeLast(last),
        };
        return new JsonObject
        {
            ["status"] = "ok",
            ["history"] = new JsonArray(
                [.. found.Select(e => new JsonArray(Session, e.Line, withOutput ? new JsonArray(e.Code, e.Output) : e.Code))]),
        };
    }

    // Session 0 is the present one, a negative one lies before it.
    private static IEnumerable<(int Line, string Code, string? Output)> Range(
        (int Line, string Code, string? Output)[] entries, JsonElement request)
    {
        int start = request.Whole("start", 0), stop = request.Whole("stop", int.MaxValue);
        return request.Whole("session", 0) is 0 or Session ? entries.Where(e => e.Line >= start && e.Line < stop) : [];
    }

    // With * and ? as in file names, as IPython does it.
    private static IEnumerable<(int Line, string Code, string? Output)> Search(
        (int Line, string Code, string? Output)[] entries, JsonElement request)
    {
        string pattern = request.Text("pattern", "*");
        var found = entries.Where(e => FileSystemName.MatchesSimpleExpression(pattern, e.Code, ignoreCase: false));
        return request.Flag("unique", false) ? found.Reverse().DistinctBy(e => e.Code).Reverse() : found;
    }
}
