using System.Text;
using Microsoft.DotNet.Interactive.Utility;

namespace Screener.Kernel.Language;

/// <summary>
/// Sends what a cell prints to the cell's own output, also from its background threads and asynchronous flows. What is
/// printed outside of any cell goes where it went before.
/// </summary>
internal static class CellConsole
{
    public const string NoInput =
        "A notebook has no keyboard to read from. Put the value into a variable, or into an environment variable, and run the cell again.";

    private static readonly Lock InstallGate = new();
    private static TextWriter? output;
    private static TextWriter? error;

    // The engine puts a console of its own in place for a cell's time, unless one is there; it keeps all that is printed.
    private static IDisposable? engines;

    /// <summary>Takes over the console, again if a cell has put something else in place.</summary>
    public static void Install()
    {
        lock (InstallGate)
        {
            engines ??= ConsoleOutput.Subscribe(_ => System.Reactive.Disposables.Disposable.Empty);
            output ??= TextWriter.Synchronized(new CellWriter(Console.Out, isError: false));
            error ??= TextWriter.Synchronized(new CellWriter(Console.Error, isError: true));
            if (!ReferenceEquals(Console.Out, output))
                Console.SetOut(output);
            if (!ReferenceEquals(Console.Error, error))
                Console.SetError(error);
            Console.SetIn(new NoReader());
        }
    }

    private sealed class CellWriter(TextWriter outside, bool isError) : TextWriter
    {
        public override Encoding Encoding => Encoding.UTF8;

        public override void Write(char value) => Write(value.ToString());

        public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

        public override void Write(ReadOnlySpan<char> buffer) => Write(new string(buffer));

        public override void Write(string? value)
        {
            if (string.IsNullOrEmpty(value))
                return;
            if (RunningCell.Current is { } cell)
                cell.Print(value, isError);
            else
                outside.Write(value);
        }

        // One message for a line, not two.
        public override void WriteLine(string? value) => Write(value + "\n");

        public override void WriteLine() => Write("\n");
    }

    private sealed class NoReader : TextReader
    {
        public override int Peek() => throw new NotSupportedException(NoInput);

        public override int Read() => throw new NotSupportedException(NoInput);

        public override int Read(char[] buffer, int index, int count) => throw new NotSupportedException(NoInput);

        public override string? ReadLine() => throw new NotSupportedException(NoInput);

        public override string ReadToEnd() => throw new NotSupportedException(NoInput);
    }
}
