using System.Runtime.InteropServices;

namespace Screener.Tests;

/// <summary>Arrays of float32 as bare little-endian files, which numpy's fromfile and tofile exchange with an oracle.</summary>
public static class RawFloats
{
    public static void Write(string path, ReadOnlySpan<float> values) => File.WriteAllBytes(path, MemoryMarshal.AsBytes(values).ToArray());

    public static float[] Read(string path) => MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(path)).ToArray();
}
