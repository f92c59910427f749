namespace Screener.Kernel.Protocol;

/// <summary>What came over the wire, or from a connection file, is not what the Jupyter protocol says.</summary>
/// <param name="message">One line: what was found and what was expected.</param>
/// <param name="inner">The cause, if another exception was.</param>
public sealed class ProtocolException(string message, Exception? inner = null) : Exception(message, inner);
