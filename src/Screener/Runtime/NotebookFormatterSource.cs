namespace Screener.Runtime;

/// <summary>The formatters of Screener.Interactive, if that assembly can be found, for a notebook that met a type of this library.</summary>
internal sealed class NotebookFormatterSource
{
    private const string Name = "Screener.Interactive.NotebookFormatterSource, Screener.Interactive";

    /// <summary>Looked up by name. Empty without Screener.Interactive: the notebook then shows the type as it shows any other.</summary>
    public IEnumerable<object> CreateTypeFormatters()
    {
        var source = Type.GetType(Name, throwOnError: false);
        return source is null ? [] : (IEnumerable<object>)source.GetMethod(nameof(CreateTypeFormatters))!.Invoke(Activator.CreateInstance(source), null)!;
    }
}
