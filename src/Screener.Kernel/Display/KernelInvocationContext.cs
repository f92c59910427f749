using Microsoft.DotNet.Interactive.Formatting;
using Screener.Kernel.Language;

namespace Microsoft.DotNet.Interactive;

/// <summary>The cell that is running, as far as its own code may know it.</summary>
/// <remarks>Named and placed as in .NET Interactive, so that notebooks compile in both.</remarks>
public sealed class KernelInvocationContext
{
    private readonly CellRun run;

    private KernelInvocationContext(CellRun run) => this.run = run;

    /// <summary>The cell to which the calling code belongs, or null outside of one.</summary>
    public static KernelInvocationContext? Current => CellRun.Current is { } run ? new(run) : null;

    /// <summary>Cancelled when the cell is to stop: hand it to whatever takes long.</summary>
    public CancellationToken CancellationToken => run.Stopping;

    /// <summary>Shows a value.</summary>
    public DisplayedValue Display(object? value, params string[] mimeTypes) => value.Display(mimeTypes);

    /// <summary>Shows text that already is in some format.</summary>
    public DisplayedValue DisplayAs(string value, string mimeType) => value.DisplayAs(mimeType);
}
