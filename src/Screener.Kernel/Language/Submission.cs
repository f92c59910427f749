using Microsoft.CodeAnalysis.Scripting;

namespace Screener.Kernel.Language;

/// <summary>A piece of C# that compiled, ready to run.</summary>
/// <param name="Script">Its place in the chain of submissions.</param>
/// <param name="Factory">Runs it, over the array of all submissions' variables; null if there is nothing to run.</param>
/// <param name="HasValue">Whether it ends with an expression whose value is to be shown.</param>
internal sealed record Submission(Script<object> Script, Func<object?[], Task<object?>>? Factory, bool HasValue);
