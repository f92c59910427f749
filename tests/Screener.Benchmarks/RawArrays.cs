using System.Runtime.InteropServices;
using System.Text.Json;
using TorchSharp;

namespace Screener.Benchmarks;

/// <summary>
/// Arrays that both sides read: bare little-endian float32 files in a temporary folder, weights with a list of names and shapes.
/// </summary>
internal sealed class RawArrays : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("screener-benchmarks-");

    internal string Folder => _folder.FullName;

    internal void Write<T>(string name, ReadOnlySpan<T> values)
        where T : unmanaged => File.WriteAllBytes(PathOf(name), MemoryMarshal.AsBytes(values));

    internal float[] Read(string name) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(PathOf(name))).ToArray();

    /// <summary>Parameters and buffers of a network.</summary>
    internal void WriteWeights(string name, torch.nn.Module network)
    {
        var values = new List<float>();
        var shapes = new List<object[]>();
        foreach (var (key, tensor) in network.state_dict())
        {
            using var plain = tensor.detach().cpu().contiguous();
            values.AddRange(plain.data<float>().ToArray());
            shapes.Add([key, tensor.shape]);
        }

        Write<float>(name, CollectionsMarshal.AsSpan(values));
        File.WriteAllText(Path.Combine(Folder, name + ".json"), JsonSerializer.Serialize(shapes));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private string PathOf(string name) => Path.Combine(Folder, name + ".bin");
}
