using Microsoft.DotNet.Interactive.Formatting;
using Screener.Kernel.Language;

namespace Microsoft.DotNet.Interactive.Formatting;

/// <summary>Turns values into what a front end shows, by the formatters that are registered.</summary>
internal static class ValueFormats
{
    /// <summary>Formats a value.</summary>
    /// <param name="value">The value, or null.</param>
    /// <param name="mimeTypes">The formats; none for the preferred ones of the value's type.</param>
    public static MimeBundle Of(object? value, params IReadOnlyCollection<string> mimeTypes)
    {
        if (mimeTypes.Count == 0)
            mimeTypes = Formatter.GetPreferredMimeTypesFor(value?.GetType());
        var data = new Dictionary<string, string>(mimeTypes.Count);
        foreach (var mimeType in mimeTypes)
            data[mimeType] = value.ToDisplayString(mimeType);
        return new MimeBundle(data);
    }
}
