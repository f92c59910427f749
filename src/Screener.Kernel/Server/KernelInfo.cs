using System.Text.Json.Nodes;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Server;

/// <summary>Who this kernel is.</summary>
internal static class KernelInfo
{
    /// <summary>The kernel's version.</summary>
    internal static string Version { get; } = typeof(KernelInfo).Assembly.GetName().Version!.ToString(3);

    /// <summary>The answer to a <c>kernel_info_request</c>.</summary>
    internal static JsonObject Answer() => new()
    {
        ["status"] = "ok",
        ["protocol_version"] = MessageHeader.ProtocolVersion,
        ["implementation"] = "screener-csharp",
        ["implementation_version"] = Version,
        ["language_info"] = LanguageInfo(),
        ["banner"] = $"C# kernel of Screener for .NET {Version}",
        ["help_links"] = new JsonArray(
            new JsonObject { ["text"] = "C# language", ["url"] = "https://learn.microsoft.com/dotnet/csharp/" },
            new JsonObject { ["text"] = ".NET API", ["url"] = "https://learn.microsoft.com/dotnet/api/" }),
    };

    /// <summary>The language as .NET Interactive describes it, so that a notebook's metadata do not change with the kernel.</summary>
    internal static JsonObject LanguageInfo() => new()
    {
        ["name"] = "C#",
        ["version"] = "14.0",
        ["mimetype"] = "text/x-csharp",
        ["file_extension"] = ".cs",
        ["pygments_lexer"] = "csharp",
        ["codemirror_mode"] = "text/x-csharp",
    };
}
