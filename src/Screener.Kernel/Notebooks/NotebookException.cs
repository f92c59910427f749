namespace Screener.Kernel.Notebooks;

/// <summary>A file is no notebook that can be run here.</summary>
/// <param name="message">What was found.</param>
/// <param name="inner">The cause, if another exception was.</param>
public sealed class NotebookException(string message, Exception? inner = null) : Exception(message, inner);
