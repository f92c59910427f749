using Microsoft.DotNet.Interactive.Formatting;
using Screener.Errors;
using Screener.Interactive.Values;
using Screener.Reporting;
using Screener.Runtime;
using TorchSharp;

namespace Screener.Interactive;

/// <summary>
/// Everything of Screener that a notebook shows in its own way. The package's extension calls <see cref="Register"/>; a notebook
/// that refers to the DLL by its path calls it itself.
/// </summary>
public static class NotebookFormatters
{
    private static readonly Lazy<IReadOnlyList<NotebookFormatter>> Known = new(() =>
    [
        .. VolumeFormatters.All,
        .. FeatureFormatters.All,
        .. OptionsFormatters.All,
        .. ModelFormatters.All,
        .. TrainingFormatters.All,
        .. EvaluationFormatters.All,
        .. AblationFormatters.All,
        new NotebookFormatter<Document>(d => d),
        new NotebookFormatter<DocumentPart>(p => new Document("", "", p)),
        .. PhantomFormatters.All,
        .. DatasetFormatters.All,
        .. PictureFormatters.All,
        .. LessonFormatters.All,
        new NotebookFormatter<torch.Tensor>(TensorFormatter.Document),
    ]);

    /// <summary>One per type.</summary>
    internal static IReadOnlyList<NotebookFormatter> All => Known.Value;

    /// <summary>
    /// Registers all formatters, as text/html and text/plain, with <see cref="Formatter"/>. They go before those that a type
    /// brings along, as TorchSharp's tensors do. Calling it again changes nothing.
    /// </summary>
    public static void Register()
    {
        MakeTorchReady();
        Phantoms.PhantomSource.Register();
        foreach (var formatter in All)
        {
            Formatter.Register(formatter.Type, (value, writer) => writer.Write(formatter.Html(value)), HtmlFormatter.MimeType);
            Formatter.Register(formatter.Type, (value, writer) => writer.Write(formatter.PlainText(value)), PlainTextFormatter.MimeType);
        }
    }

    // Before the notebook uses torch: a kernel that probes a package's folders itself would find the library that needs mending.
    private static void MakeTorchReady()
    {
        try
        {
            TorchRuntime.EnsureLoaded();
        }
        catch (DeviceUnavailableException)
        {
            // Showing volumes needs no torch; its first use says what is wrong.
        }
    }
}
