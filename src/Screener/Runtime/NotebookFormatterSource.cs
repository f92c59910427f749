using System.Reflection;

namespace Screener.Runtime;

/// <summary>The formatters of Screener.Interactive, if that assembly can be found, for a notebook that met a type of this library.</summary>
internal sealed class NotebookFormatterSource
{
    private const string Companion = "Screener.Interactive";

    // Asked for once: a notebook's loader does not hand out by its name what it has loaded already.
    private static readonly Lazy<Type?> Source = new(() => Find()?.GetType($"{Companion}.{nameof(NotebookFormatterSource)}"));

    /// <summary>Looked up by name. Empty without Screener.Interactive: the notebook then shows the type as it shows any other.</summary>
    public IEnumerable<object> CreateTypeFormatters() =>
        Source.Value is not { } source ? [] : (IEnumerable<object>)source.GetMethod(nameof(CreateTypeFormatters))!.Invoke(Activator.CreateInstance(source), null)!;

    private static Assembly? Find()
    {
        // Both are built and packed together, in one version.
        var own = typeof(NotebookFormatterSource).Assembly.GetName();
        if (AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(a => a.GetName() is var name && name.Name == Companion && name.Version == own.Version) is { } loaded)
            return loaded;
        try
        {
            return Assembly.Load(new AssemblyName(own.FullName) { Name = Companion });
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
