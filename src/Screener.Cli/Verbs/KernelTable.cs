using Screener.Kernel.Installation;
using Screener.Reporting;

namespace Screener.Cli.Verbs;

/// <summary>Kernel specs, one a row.</summary>
internal static class KernelTable
{
    internal static TablePart Of(IEnumerable<KernelSpec> specs) => TablePart.Of(
        ["Kernel", "Shown as", "Folder"], specs, s => [s.Name, s.DisplayName + (s.IsOurs ? "" : " (.NET Interactive's)"), s.Folder]);
}
