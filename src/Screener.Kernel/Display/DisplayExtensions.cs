using Microsoft.DotNet.Interactive.Formatting;
using Microsoft.DotNet.Interactive.Formatting.TabularData;
using Screener.Kernel.Language;

namespace System;

/// <summary>Shows values from within a cell.</summary>
/// <remarks>In the namespace in which .NET Interactive has them, so that every cell finds them without a using.</remarks>
public static class DisplayExtensions
{
    /// <summary>Shows a value.</summary>
    /// <param name="value">The value; null is shown as such.</param>
    /// <param name="mimeTypes">The formats; none for the preferred ones of the value's type.</param>
    /// <returns>A handle by which the value can be replaced later.</returns>
    /// <exception cref="InvalidOperationException">No cell is running.</exception>
    public static DisplayedValue Display(this object? value, params string[] mimeTypes)
    {
        var data = ValueFormats.Of(value, mimeTypes);
        return Show(data);
    }

    /// <summary>Shows text that already is in some format.</summary>
    /// <param name="value">The text, such as markup.</param>
    /// <param name="mimeType">What it is, such as text/html.</param>
    /// <returns>A handle by which the value can be replaced later.</returns>
    /// <exception cref="InvalidOperationException">No cell is running.</exception>
    public static DisplayedValue DisplayAs(this string value, string mimeType) => Show(MimeBundle.Of(mimeType, value));

    /// <summary>Shows a sequence as a table, one row per element and one column per property.</summary>
    /// <exception cref="InvalidOperationException">No cell is running.</exception>
    public static DisplayedValue DisplayTable<T>(this IEnumerable<T>? value, params string[] mimeTypes) =>
        value is null ? Display(value, mimeTypes) : Display(value.ToTabularDataResource(), mimeTypes);

    private static DisplayedValue Show(MimeBundle data)
    {
        var output = CellRun.RequireCurrent().Output;
        var id = Guid.NewGuid().ToString("N");
        output.Show(data, id);
        return new DisplayedValue(id, [.. data.Data.Keys], output);
    }
}
