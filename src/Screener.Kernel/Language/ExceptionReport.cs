using System.Diagnostics;
using System.Reflection;

namespace Screener.Kernel.Language;

/// <summary>What a cell's exception says to the one who wrote the cell.</summary>
internal static class ExceptionReport
{
    private const int MostFrames = 100;

    /// <summary>Type, message, inner ones, and the trace from the cell on.</summary>
    public static IReadOnlyList<string> Trace(Exception failure)
    {
        var lines = new List<string>();
        Append(lines, failure, "");
        return lines;
    }

    private static void Append(List<string> lines, Exception failure, string lead)
    {
        lines.AddRange($"{lead}{failure.GetType().FullName}: {failure.Message}".Split('\n').Select(line => line.TrimEnd('\r')));
        var frames = new StackTrace(failure, fNeedFileInfo: true).GetFrames();
        int cells = Array.FindLastIndex(frames, f => f.GetMethod()?.DeclaringType?.Assembly.FullName?.StartsWith('ℛ') == true);
        var told = frames.Take(Math.Min(cells + 1, MostFrames)).Where(f => !IsPlumbing(f));
        lines.AddRange(told.Select(f => "   at " + Name(f.GetMethod()!)));
        foreach (var cause in failure is AggregateException several
            ? several.InnerExceptions
            : failure.InnerException is { } one ? [one] : (IReadOnlyList<Exception>)[])
            Append(lines, cause, "caused by ");
    }

    // What the compiler and the runtime put between two lines of code that somebody wrote.
    private static bool IsPlumbing(StackFrame frame) =>
        frame.GetMethod()?.DeclaringType is not { } type
        || type.Namespace is "System.Runtime.ExceptionServices" or "System.Runtime.CompilerServices";

    private static string Name(MethodBase method) => $"{method.DeclaringType!.FullName?.Replace('+', '.')}.{method.Name}";
}
