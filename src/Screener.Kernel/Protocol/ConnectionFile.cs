using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Screener.Storage;

namespace Screener.Kernel.Protocol;

/// <summary>Where a kernel listens and the key that both sides sign with: the file that a front end hands to a kernel.</summary>
public sealed record ConnectionFile
{
    /// <summary>The only signature scheme that Jupyter uses in practice, and the only one spoken here.</summary>
    public const string HmacSha256 = "hmac-sha256";

    private const string TemporaryStart = "screener-kernel-";

    private static readonly JsonSerializerOptions Format = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        RespectNullableAnnotations = true,
        NumberHandling = JsonNumberHandling.AllowReadingFromString,
    };

    /// <summary>The transport; only <c>tcp</c> is spoken.</summary>
    public string Transport { get; init; } = "tcp";

    /// <summary>The address to listen on.</summary>
    public string Ip { get; init; } = "127.0.0.1";

    /// <summary>Port of requests that wait for each other.</summary>
    public required int ShellPort { get; init; }

    /// <summary>Port of outputs and states.</summary>
    public required int IopubPort { get; init; }

    /// <summary>Port on which a kernel would ask its user.</summary>
    public required int StdinPort { get; init; }

    /// <summary>Port of requests that must not wait.</summary>
    public required int ControlPort { get; init; }

    /// <summary>Port of the heartbeat.</summary>
    public required int HbPort { get; init; }

    /// <summary>The key of the signatures; empty for none.</summary>
    public string Key { get; init; } = "";

    /// <summary>How messages are signed.</summary>
    public string SignatureScheme { get; init; } = HmacSha256;

    /// <summary>The name under which the front end installed the kernel, if it says so.</summary>
    public string? KernelName { get; init; }

    /// <summary>Reads a connection file.</summary>
    /// <exception cref="ProtocolException">It cannot be read, is no connection file, or asks for what is not spoken here.</exception>
    public static ConnectionFile Read(string path)
    {
        ConnectionFile? file;
        try
        {
            file = JsonSerializer.Deserialize<ConnectionFile>(RegularFile.ReadAllBytes(path), Format);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ProtocolException($"{path}: no connection file that can be read ({e.Message})", e);
        }

        if (file is null)
            throw new ProtocolException($"{path}: null; expected a connection file");
        if (file.Transport != "tcp")
            throw new ProtocolException($"{path}: transport '{file.Transport}'; expected 'tcp'");
        if (file.SignatureScheme != HmacSha256 && file.Key.Length > 0)
            throw new ProtocolException($"{path}: signature scheme '{file.SignatureScheme}'; expected '{HmacSha256}'");
        return file;
    }

    /// <summary>A connection of free ports of this machine's loopback address and a fresh key.</summary>
    /// <remarks>Another process may take a port before the kernel does; the kernel then ends at once, and one tries again.</remarks>
    public static ConnectionFile OfFreePorts()
    {
        var listeners = Enumerable.Range(0, 5).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        try
        {
            listeners.ForEach(l => l.Start());
            int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
            return new ConnectionFile
            {
                ShellPort = ports[0],
                IopubPort = ports[1],
                StdinPort = ports[2],
                ControlPort = ports[3],
                HbPort = ports[4],
                Key = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)),
            };
        }
        finally
        {
            listeners.ForEach(l => l.Dispose());
        }
    }

    /// <summary>
    /// Writes it to a new file of the temporary folder, without a folder of its own that the kernel would have to remove, too.
    /// </summary>
    /// <returns>The file's path.</returns>
    /// <exception cref="IOException">It cannot be written; nothing is left of it.</exception>
    public string WriteTemporary()
    {
        string folder = Path.GetTempPath();
        RemoveLeftovers(folder);
        string path = Path.Combine(folder, $"{TemporaryStart}{Environment.ProcessId}-{Guid.NewGuid():N}.json");
        Write(path);
        return path;
    }

    /// <summary>Writes it to a new file that only this user can read.</summary>
    /// <exception cref="IOException">It cannot be written, or something is there; nothing is left of it.</exception>
    public void Write(string path)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(this, Format);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var stream = new FileStream(path, options);
        try
        {
            stream.Write(json);
            stream.Flush();
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    // Their kernels ended with the process that wrote them; one that was killed could not remove them.
    private static void RemoveLeftovers(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder, TemporaryStart + "*-*.json"))
        {
            string writer = Path.GetFileName(file)[TemporaryStart.Length..].Split('-')[0];
            try
            {
                if (int.TryParse(writer, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && !ParentWatch.IsThere(id))
                    File.Delete(file);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another user's.
            }
        }
    }

    /// <summary>The address of one of the ports, as ZeroMQ writes it.</summary>
    internal string Address(int port) => $"{Transport}://{Ip}:{port}";
}
