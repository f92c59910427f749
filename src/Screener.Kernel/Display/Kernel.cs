using Microsoft.AspNetCore.Html;
using Microsoft.DotNet.Interactive.Formatting;

namespace Microsoft.DotNet.Interactive;

/// <summary>What every cell may call without a using.</summary>
/// <remarks>Named and placed as in .NET Interactive, so that notebooks compile in both.</remarks>
public static class Kernel
{
    private const string NeedsInteractive =
        "This needs .NET Interactive: the kernel of Screener runs C# alone and has no other kernels to send commands to.";

    /// <summary>Not here: there is one language and nothing to send commands to.</summary>
    [Obsolete(NeedsInteractive, error: true)]
    public static object Root => throw new NotSupportedException(NeedsInteractive);

    /// <summary>Not here: there is one language and nothing to send commands to.</summary>
    [Obsolete(NeedsInteractive, error: true)]
    public static object Current => throw new NotSupportedException(NeedsInteractive);

#pragma warning disable IDE1006, SA1300 // The name that notebooks use.
    /// <summary>Shows a value.</summary>
    /// <param name="value">The value; null is shown as such.</param>
    /// <param name="mimeTypes">The formats; none for the preferred ones of the value's type.</param>
    /// <returns>A handle by which the value can be replaced later.</returns>
    public static DisplayedValue display(object? value, params string[] mimeTypes) => value.Display(mimeTypes);
#pragma warning restore IDE1006, SA1300

    /// <summary>Markup that is shown as it is, not escaped.</summary>
    public static IHtmlContent HTML(string content) => content.ToHtmlContent();

    /// <summary>Runs a script in the page that shows the notebook.</summary>
    public static void Javascript(string scriptContent) =>
        $"<script type=\"text/javascript\">{scriptContent}</script>".DisplayAs(HtmlFormatter.MimeType);

    /// <summary>Adds a style sheet to the page that shows the notebook.</summary>
    public static void CSS(string content) => $"<style>{content}</style>".DisplayAs(HtmlFormatter.MimeType);

    /// <summary>Always fails: a cell cannot ask for input here.</summary>
    /// <exception cref="NotSupportedException">Always, saying what to do instead.</exception>
    public static Task<string> GetInputAsync(string prompt = "", string typeHint = "text") =>
        throw new NotSupportedException(Screener.Kernel.Language.CellConsole.NoInput);

    /// <summary>Always fails: a cell cannot ask for input here.</summary>
    /// <exception cref="NotSupportedException">Always, saying what to do instead.</exception>
    public static Task<string> GetPasswordAsync(string prompt = "") =>
        throw new NotSupportedException(Screener.Kernel.Language.CellConsole.NoInput);
}
