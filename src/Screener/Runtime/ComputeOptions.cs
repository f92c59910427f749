using Screener.Errors;
using TorchSharp;

namespace Screener.Runtime;

/// <summary>
/// The number format of network weights and activations. Statistics, losses, densities and log-determinants are always float32.
/// </summary>
public enum ComputePrecision
{
    /// <summary>32-bit IEEE floating point.</summary>
    Float32,

    /// <summary>bfloat16: half the memory and up to twice the speed on processors and GPUs with bf16 instructions.</summary>
    BFloat16,
}

/// <summary>Where and how the networks run.</summary>
public sealed record ComputeOptions
{
    /// <summary>The defaults: automatic device, as many threads as the machine has processors, float32.</summary>
    public static ComputeOptions Default { get; } = new();

    /// <summary>auto, cpu, cuda or cuda:n.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Threads that torch may use on the CPU; 0 means one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>Format of weights and activations.</summary>
    public ComputePrecision Precision { get; init; } = ComputePrecision.Float32;

    /// <summary><see cref="Threads"/>, with 0 resolved.</summary>
    public int ThreadCount => ThreadCounts.Of(Threads);

    /// <summary>The torch type of <see cref="Precision"/>.</summary>
    public torch.ScalarType ScalarType => Precision == ComputePrecision.BFloat16 ? torch.ScalarType.BFloat16 : torch.ScalarType.Float32;

    /// <summary>Checks the options, sets torch's thread count for the process, and resolves the device.</summary>
    /// <exception cref="OptionException">An option is out of range.</exception>
    /// <exception cref="DeviceUnavailableException">The device is not there.</exception>
    public torch.Device Apply()
    {
        OptionException.ThrowIfOutside(nameof(Threads), Threads, 0, 1024);
        var device = ComputeDevice.Resolve(Device);
        torch.set_num_threads(ThreadCount);
        return device;
    }
}
