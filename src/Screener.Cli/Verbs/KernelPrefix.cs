using System.CommandLine;

namespace Screener.Cli.Verbs;

/// <summary>Where a kernel is installed.</summary>
internal static class KernelPrefix
{
    internal static Option<string?> Option() => new("--prefix")
    {
        Description = "The prefix, such as /usr/local, under which it is installed; nothing means the user's own Jupyter folder.",
        HelpName = "folder",
    };
}
