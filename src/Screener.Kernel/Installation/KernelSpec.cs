using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Screener.Kernel.Client;
using Screener.Kernel.Server;
using Screener.Storage;

namespace Screener.Kernel.Installation;

/// <summary>A folder with a <c>kernel.json</c>, by which Jupyter knows a kernel.</summary>
/// <param name="Name">The name that notebooks refer to: the folder's.</param>
/// <param name="Folder">Its full path.</param>
/// <param name="IsOurs">True if this kernel wrote it.</param>
/// <param name="DisplayName">What Jupyter's menu shows; empty if it cannot be read.</param>
public sealed record KernelSpec(string Name, string Folder, bool IsOurs, string DisplayName)
{
    /// <summary>The kernel's own name.</summary>
    public const string OwnName = "screener-csharp";

    /// <summary>The name of .NET Interactive's kernel, which is the one in the notebooks' metadata.</summary>
    public const string DotNetInteractiveName = ".net-csharp";

    private const string FileName = "kernel.json", Mark = "screener-csharp";

    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The spec of a name in a folder of kernel specs, or null if there is none.</summary>
    public static KernelSpec? Find(string kernels, string name)
    {
        string folder = Path.Combine(kernels, name), file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
            return null;
        try
        {
            var spec = JsonNode.Parse(RegularFile.ReadAllText(file)) as JsonObject;
            return new KernelSpec(
                name, folder, (spec?["metadata"] as JsonObject)?[Mark] is not null, spec?["display_name"]?.ToString() ?? "");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or ArgumentException
            or InvalidOperationException)
        {
            // Somebody else's, whatever it is.
            return new KernelSpec(name, folder, false, "");
        }
    }

    /// <summary>Every spec in a folder of kernel specs.</summary>
    public static IEnumerable<KernelSpec> All(string kernels) => Directory.Exists(kernels)
        ? Directory.EnumerateDirectories(kernels).Order(StringComparer.Ordinal).Select(
            f => Find(kernels, Path.GetFileName(f))).OfType<KernelSpec>()
        : [];

    /// <summary>Writes this kernel's spec.</summary>
    /// <param name="kernels">The folder of kernel specs.</param>
    /// <param name="write">Writes a text to a path.</param>
    /// <returns>What was written.</returns>
    internal static KernelSpec Write(string kernels, Action<string, string> write)
    {
        const string DisplayName = "C# (Screener)";
        string folder = Path.Combine(kernels, OwnName);
        Directory.CreateDirectory(folder);
        var spec = new JsonObject
        {
            ["argv"] = new JsonArray(DotnetHost.FullPath, typeof(KernelSpec).Assembly.Location, "{connection_file}"),
            ["display_name"] = DisplayName,
            ["language"] = "C#",
            ["interrupt_mode"] = "message",
            ["metadata"] = new JsonObject { [Mark] = new JsonObject { ["version"] = KernelInfo.Version } },
        };
        write(Path.Combine(folder, FileName), spec.ToJsonString(Format) + "\n");
        return new KernelSpec(OwnName, folder, true, DisplayName);
    }
}
