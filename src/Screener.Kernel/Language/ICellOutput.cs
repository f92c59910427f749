namespace Screener.Kernel.Language;

/// <summary>Where a running cell's output goes, in the order in which it arises. Safe to call from any thread.</summary>
public interface ICellOutput
{
    /// <summary>The number that stands beside the cell, for traces to name it; 0 if none does.</summary>
    int CellNumber => 0;

    /// <summary>Text printed to standard output or standard error.</summary>
    /// <param name="text">The text, as printed.</param>
    /// <param name="isError">True for standard error.</param>
    void Print(string text, bool isError = false);

    /// <summary>Shows a value.</summary>
    /// <param name="data">The value in one or more formats.</param>
    /// <param name="displayId">The name by which <see cref="Update"/> finds it again, or null if nothing will.</param>
    void Show(MimeBundle data, string? displayId = null);

    /// <summary>Replaces a value shown before, in this cell or an earlier one.</summary>
    /// <param name="data">The new formats.</param>
    /// <param name="displayId">The name under which it was shown.</param>
    void Update(MimeBundle data, string displayId);
}
