namespace Screener.Interactive;

/// <summary>
/// The formatters in the form that .NET Interactive finds by names alone: a class with a parameterless constructor and
/// <see cref="CreateTypeFormatters"/>. Screener's types name it in their <c>TypeFormatterSource</c> attribute.
/// </summary>
public sealed class NotebookFormatterSource
{
    /// <summary>Two objects per type, with MimeType, Type and Format.</summary>
    public IEnumerable<object> CreateTypeFormatters() => NotebookFormatters.All.SelectMany(f => (IEnumerable<object>)
        [new NamedFormatter(f.Type, "text/html", f.Html), new NamedFormatter(f.Type, "text/plain", f.PlainText)]);

    private sealed class NamedFormatter(Type type, string mimeType, Func<object, string> format)
    {
        public Type Type { get; } = type;

        public string MimeType { get; } = mimeType;

        public bool Format(object instance, TextWriter writer)
        {
            if (!Type.IsInstanceOfType(instance))
                return false;
            writer.Write(format(instance));
            return true;
        }
    }
}
