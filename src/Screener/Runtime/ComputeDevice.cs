using System.Globalization;
using Screener.Errors;
using TorchSharp;

namespace Screener.Runtime;

/// <summary>Turns the device names of the command line and of notebooks into torch devices.</summary>
public static class ComputeDevice
{
    /// <summary>Resolves "auto" (the first GPU if there is one, otherwise the CPU), "cpu", "cuda" or "cuda:n".</summary>
    /// <exception cref="OptionException">The name is none of these.</exception>
    /// <exception cref="DeviceUnavailableException">A GPU was asked for that is not there.</exception>
    public static torch.Device Resolve(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        TorchRuntime.EnsureLoaded();
        switch (name)
        {
            case "cpu":
                return new torch.Device(DeviceType.CPU);
            case "auto":
                return torch.cuda.is_available() ? new torch.Device(DeviceType.CUDA, 0) : new torch.Device(DeviceType.CPU);
            case "cuda":
                return Cuda(0);
            default:
                if (name.StartsWith("cuda:", StringComparison.Ordinal)
                    && int.TryParse(name.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                    return Cuda(index);
                throw new OptionException("device", $"'{name}'", "auto, cpu, cuda or cuda:n");
        }
    }

    private static torch.Device Cuda(int index)
    {
        int count = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (index < count)
            return new torch.Device(DeviceType.CUDA, index);
        throw new DeviceUnavailableException(
            $"cuda:{index}",
            count == 0 ? "no CUDA device that this build can use" : $"{count} CUDA device(s), numbered from 0",
            "a CUDA device of that number",
            count == 0
                ? "Use --device cpu, or build with -p:TorchBackend=cuda-linux on a machine with an NVIDIA driver."
                : $"Use cuda:0 to cuda:{count - 1}.");
    }
}
