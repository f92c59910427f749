namespace Screener.Kernel.Packages;

/// <summary>Packages that a cell asks for cannot be had.</summary>
internal sealed class PackageException(string message, Exception? inner = null) : Exception(message, inner);
