using Screener.Interactive.Cells;
using Screener.Reporting;

namespace Screener.Interactive;

/// <summary>How a notebook shows the values of a type.</summary>
/// <param name="type">The type; its subtypes are shown alike.</param>
internal abstract class NotebookFormatter(Type type)
{
    /// <summary>The type.</summary>
    internal Type Type { get; } = type;

    /// <summary>
    /// What to show of a value. A value that cannot be shown says so in its place: an exception, whatever it is, would fail the whole
    /// cell in .NET Interactive, and the cell worked.
    /// </summary>
    internal Document DocumentOf(object value)
    {
        try
        {
            return Create(value);
        }
        catch (Exception e)
        {
            return new Document(Type.Name, "cannot be shown", new NotePart(e.Message));
        }
    }

    /// <summary>text/html.</summary>
    internal string Html(object value) => CellHtml.Render(DocumentOf(value));

    /// <summary>text/plain.</summary>
    internal string PlainText(object value) => CellText.Render(DocumentOf(value));

    private protected abstract Document Create(object value);
}

/// <summary>How a notebook shows the values of <typeparamref name="T"/>.</summary>
/// <param name="create">What to show of a value.</param>
internal sealed class NotebookFormatter<T>(Func<T, Document> create) : NotebookFormatter(typeof(T))
    where T : notnull
{
    private protected override Document Create(object value) => create((T)value);
}
