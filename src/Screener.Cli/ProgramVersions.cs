using System.Reflection;
using Screener.Imaging;
using TorchSharp;

namespace Screener.Cli;

/// <summary>What this program is made of.</summary>
internal static class ProgramVersions
{
    /// <summary>Its version and the commit that it was built from.</summary>
    internal static string Screener { get; } = Of(typeof(Affine).Assembly);

    /// <summary>The version of TorchSharp.</summary>
    internal static string TorchSharp { get; } = Of(typeof(torch).Assembly).Split('+')[0];

    /// <summary>The version of libtorch that it comes with.</summary>
    internal static string LibTorch => torch.__version__;

    private static string Of(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
}
