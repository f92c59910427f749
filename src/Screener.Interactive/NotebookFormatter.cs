using Screener.Interactive.Cards;

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
    internal Card CardOf(object value)
    {
        try
        {
            return Create(value);
        }
        catch (Exception e)
        {
            return new Card(Type.Name, "cannot be shown", new NotePart(e.Message));
        }
    }

    /// <summary>text/html.</summary>
    internal string Html(object value) => CardHtml.Render(CardOf(value));

    /// <summary>text/plain.</summary>
    internal string PlainText(object value) => CardText.Render(CardOf(value));

    private protected abstract Card Create(object value);
}

/// <summary>How a notebook shows the values of <typeparamref name="T"/>.</summary>
/// <param name="create">What to show of a value.</param>
internal sealed class NotebookFormatter<T>(Func<T, Card> create) : NotebookFormatter(typeof(T))
    where T : notnull
{
    private protected override Card Create(object value) => create((T)value);
}
