using Screener.Kernel.Language;

namespace Microsoft.DotNet.Interactive.Formatting;

/// <summary>A value that was shown in a notebook, and can be replaced there.</summary>
/// <remarks>Named and placed as in .NET Interactive, so that notebooks compile in both.</remarks>
public sealed class DisplayedValue
{
    private readonly string[] mimeTypes;
    private readonly ICellOutput output;

    internal DisplayedValue(string displayId, string[] mimeTypes, ICellOutput output)
    {
        DisplayId = displayId;
        this.mimeTypes = mimeTypes;
        this.output = output;
    }

    /// <summary>The name by which the front end finds the value again.</summary>
    public string DisplayId { get; }

    /// <summary>The formats in which the value was shown; <see cref="Update"/> keeps to them.</summary>
    public IReadOnlyCollection<string> MimeTypes => mimeTypes;

    /// <summary>Shows another value in the place of the first one, from this cell or a later one.</summary>
    /// <param name="updatedValue">The value to show from now on.</param>
    public void Update(object? updatedValue)
    {
        var current = CellRun.Current;
        (current?.Output ?? output).Update(ValueFormats.Of(updatedValue, mimeTypes), DisplayId);
    }
}
