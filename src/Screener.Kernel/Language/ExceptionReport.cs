using System.Diagnostics;
using System.Reflection;
using System.Runtime.Loader;

namespace Screener.Kernel.Language;

/// <summary>What a cell's exception says to the one who wrote the cell.</summary>
internal static class ExceptionReport
{
    private const int LibraryFrames = 8;
    private const int MostFrames = 300;
    private const int FramesOfRecursion = 20;

    /// <summary>Type, message, inner ones, and the trace as far as it is the user's and what the user called.</summary>
    /// <param name="failure">The exception.</param>
    /// <param name="sourceLine">The text of a line of a cell, by the cell's name and the line's number from 1; null if unknown.</param>
    public static IReadOnlyList<string> Trace(Exception failure, Func<string, int, string?> sourceLine)
    {
        var lines = new List<string>();
        Append(lines, failure, "", sourceLine);
        return lines;
    }

    private static void Append(List<string> lines, Exception failure, string lead, Func<string, int, string?> sourceLine)
    {
        lines.AddRange($"{lead}{failure.GetType().FullName}: {failure.Message}".Split('\n').Select(line => line.TrimEnd('\r')));
        AppendFrames(lines, failure, sourceLine);
        var inner = failure is AggregateException several
            ? several.InnerExceptions
            : failure.InnerException is { } one ? [one] : (IReadOnlyList<Exception>)[];
        foreach (var cause in inner)
            Append(lines, cause, "caused by ", sourceLine);
    }

    private static void AppendFrames(List<string> lines, Exception failure, Func<string, int, string?> sourceLine)
    {
        // A recursion without end leaves a hundred thousand frames, whose lines take minutes to look up: the outermost tell enough.
        var count = new StackTrace(failure, fNeedFileInfo: false).FrameCount;
        var left = count > MostFrames ? count - FramesOfRecursion : 0;
        var frames = new StackTrace(failure, left, fNeedFileInfo: true).GetFrames();
        if (left > 0)
            lines.Add($"   ({left} frames of recursion left out)");
        var lastOfCells = Array.FindLastIndex(frames, IsOfCell);
        var skipped = 0;
        var library = 0;
        for (var i = 0; i <= lastOfCells; i++)
        {
            if (IsOfCell(frames[i]))
            {
                library = 0;
                if (frames[i].GetFileLineNumber() is > 0 and var number && Path.GetFileName(frames[i].GetFileName()) is { } cell)
                    lines.Add($"   at {cell}, line {number}{(sourceLine(cell, number) is { Length: > 0 } text ? $": {text}" : "")}");
            }
            else if (IsPlumbing(frames[i]))
            {
                continue;
            }
            else if (++library <= LibraryFrames)
            {
                lines.Add("   at " + Name(frames[i].GetMethod()!));
            }
            else
            {
                skipped++;
            }
        }

        if (skipped > 0)
            lines.Add($"   ({skipped} more inside libraries)");
    }

    private static bool IsOfCell(StackFrame frame) =>
        frame.GetMethod()?.DeclaringType?.Assembly is { } assembly
        && AssemblyLoadContext.GetLoadContext(assembly) is CellAssemblies
        && assembly.Location.Length == 0;

    // What the compiler and the runtime put between two lines of code that somebody wrote.
    private static bool IsPlumbing(StackFrame frame) =>
        frame.GetMethod() is not { } method
        || method.DeclaringType is null
        || method.IsDefined(typeof(StackTraceHiddenAttribute))
        || method.DeclaringType.IsDefined(typeof(StackTraceHiddenAttribute))
        || method.DeclaringType.Namespace is "System.Runtime.ExceptionServices" or "System.Runtime.CompilerServices"
        || method.DeclaringType.Assembly == typeof(ExceptionReport).Assembly;

    private static string Name(MethodBase method) =>
        $"{method.DeclaringType!.FullName?.Replace('+', '.')}.{method.Name}({
        string.Join(", ", method.GetParameters().Select(parameter => parameter.ParameterType.Name))})";
}
