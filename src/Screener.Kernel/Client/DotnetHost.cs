using System.Runtime.InteropServices;

namespace Screener.Kernel.Client;

/// <summary>The program <c>dotnet</c> that runs this process, whatever the process was started by.</summary>
public static class DotnetHost
{
    /// <summary>Its full path; the mere name, to be found on PATH, if it does not lie where the runtime says.</summary>
    public static string FullPath { get; } = Find();

    private static string Find()
    {
        string name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";

        // ROOT/shared/Microsoft.NETCore.App/VERSION/
        string runtime = Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory());
        string host = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", name));
        return File.Exists(host) ? host : name;
    }
}
