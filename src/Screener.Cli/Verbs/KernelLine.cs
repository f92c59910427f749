using Screener.Kernel.Installation;

namespace Screener.Cli.Verbs;

/// <summary>A kernel spec in a line.</summary>
internal static class KernelLine
{
    internal static string Of(KernelSpec spec) => $"{spec.Name,-16} {spec.DisplayName,-16} {spec.Folder}";
}
