using System.Collections;
using System.Globalization;
using System.Reflection;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Interactive.Lessons;
using Screener.Interactive.Viewer;
using Screener.Reporting;
using Screener.Training;

namespace Screener.Interactive.Values;

/// <summary>Options: every value beside the paper's, with what differs set off.</summary>
internal static class OptionsFormatters
{
    // Of more options those that differ are shown, and all on demand.
    private const int MostOpenRows = 16;

    /// <summary>All public options records.</summary>
    internal static IReadOnlyList<Type> Types { get; } =
    [
        typeof(LearningRateSchedule),
        typeof(LessonSettings),
        .. new[] { typeof(CtVolume), typeof(EvaluationOptions), typeof(VolumeViewer) }.SelectMany(t => t.Assembly.GetExportedTypes())
            .Where(t => t is { IsClass: true, IsAbstract: false } && t.Name.EndsWith("Options", StringComparison.Ordinal)),
    ];

    /// <summary>One per options record of the library.</summary>
    internal static IEnumerable<NotebookFormatter> All { get; } =
        [.. Types.Select(t =>
            (NotebookFormatter)Activator.CreateInstance(typeof(NotebookFormatter<>).MakeGenericType(t), DocumentMethod(t))!)];

    /// <summary>Values and the values they are compared with, nested records flattened.</summary>
    internal static Document Document<T>(T options)
        where T : notnull
    {
        var (reference, label) = ReferenceFor(options);
        var rows = new List<IReadOnlyList<string>>();
        var marked = new HashSet<int>();
        Collect("", options, reference, rows, marked);
        string column = label.Length > 0 ? char.ToUpperInvariant(label[4]) + label[5..] : "";
        string difference = reference is null
            ? ""
            : marked.Count == 0 ? $"as {label}" : $"{marked.Count} of {rows.Count} other than {label}";
        if (reference is null)
            return new Document(
                typeof(T).Name, difference, TablePart.Of(["Option", "Value"], rows, r => [r[0], r[1]]));
        var all = new TablePart(["Option", "Value", column], rows) { Marked = marked };
        return rows.Count <= MostOpenRows || marked.Count == 0
            ? new Document(typeof(T).Name, difference, rows.Count <= MostOpenRows ? all : new FoldedPart($"All {rows.Count} options", all))
            : new Document(
                typeof(T).Name, difference, new TablePart(all.Columns, [.. rows.Where((_, i) => marked.Contains(i))]),
                new FoldedPart($"All {rows.Count} options", all));
    }

    /// <summary>A value as one short text.</summary>
    internal static string Show(object? value) => value switch
    {
        null => "–",
        bool b => b ? "yes" : "no",
        string s => s,
        Training.DensityHead head => head.Name,
        double d => Number(d),
        float f => Number(f),
        ColorMap map => map.Name,
        Rgb color => $"#{color.R:x2}{color.G:x2}{color.B:x2}",
        IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Select(Show))}]",
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    // 1E-06 as 1e-6.
    private static string Number(double value)
    {
        string text = value.ToString("G6", CultureInfo.InvariantCulture);
        return text.Replace("E-0", "e-", StringComparison.Ordinal).Replace("E+0", "e+", StringComparison.Ordinal).Replace('E', 'e');
    }

    // What the options are compared with: the paper's, else the type's own defaults.
    private static (object? Reference, string Label) ReferenceFor<T>(T options)
        where T : notnull
    {
        if (options is PretrainingOptions { Objective: PretrainingObjective.AnatomicalDistance })
            return (PretrainingOptions.PaperEmbedding, "the published");
        if (options is PretrainingOptions { Masked: true })
            return (PretrainingOptions.PaperCondition, "the paper's");
        foreach (var (name, label) in (ReadOnlySpan<(string, string)>)[("Paper", "the paper's"), ("Default", "the default")])
        {
            if (typeof(T).GetProperty(name, BindingFlags.Public | BindingFlags.Static) is { } property
                && property.PropertyType == typeof(T))
                return (property.GetValue(null), label);
        }

        return typeof(T).GetConstructor(Type.EmptyTypes) is null ? (null, "") : (Activator.CreateInstance<T>(), "the default");
    }

    private static void Collect(string prefix, object options, object? reference, List<IReadOnlyList<string>> rows, HashSet<int> marked)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(
            p => p.CanWrite && p.GetIndexParameters().Length == 0))
        {
            object? value = property.GetValue(options), other = reference is null ? null : property.GetValue(reference);
            if (value is not null && Types.Contains(value.GetType()))
            {
                Collect($"{prefix}{property.Name}.", value, other, rows, marked);
                continue;
            }

            var (shown, expected) = (Show(value), Show(other));
            if (reference is not null && shown != expected)
                marked.Add(rows.Count);
            rows.Add([prefix + property.Name, shown, reference is null ? "–" : expected]);
        }
    }

    private static Delegate DocumentMethod(Type type) =>
        typeof(OptionsFormatters).GetMethod(nameof(Document), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type)
            .CreateDelegate(typeof(Func<,>).MakeGenericType(type, typeof(Document)));
}
