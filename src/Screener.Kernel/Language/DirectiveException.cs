namespace Screener.Kernel.Language;

/// <summary>A directive of a cell is unknown, or cannot be followed.</summary>
/// <param name="line">The cell's line at which it stands, from 1; 0 if unknown.</param>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="inner">The cause, if another exception was.</param>
internal sealed class DirectiveException(int line, string message, Exception? inner = null)
    : Exception(line > 0 ? $"({line},1): {message}" : message, inner);
