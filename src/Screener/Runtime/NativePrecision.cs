using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Screener.Runtime;

/// <summary>Which number format a device computes fastest.</summary>
public static class NativePrecision
{
    /// <summary>bfloat16 on a GPU and on processors with AVX512-BF16 instructions, float32 elsewhere: there torch emulates bfloat16, which is slower.</summary>
    public static ComputePrecision Of(torch.Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.type == DeviceType.CUDA || HasAvx512BFloat16() ? ComputePrecision.BFloat16 : ComputePrecision.Float32;
    }

    /// <summary>Whether torch has to emulate a format on a device, for want of instructions: networks then take many times as long.</summary>
    public static bool IsEmulated(torch.Device device, ComputePrecision precision) =>
        precision == ComputePrecision.BFloat16 && Of(device) != ComputePrecision.BFloat16;

    /// <summary>The instructions on which the bits of results depend, as "X64 AVX-512 BF16", "X64 AVX2" or "Arm64".</summary>
    internal static string Processor { get; } = string.Join(' ', new[]
    {
        $"{RuntimeInformation.ProcessArchitecture}",
        Avx512F.IsSupported ? "AVX-512" : Avx2.IsSupported ? "AVX2" : "",
        HasAvx512BFloat16() ? "BF16" : "",
    }.Where(word => word.Length > 0));

    // Intel's manual, CPUID leaf 7, sub-leaf 1, EAX bit 5; .NET has no name for it.
    private static bool HasAvx512BFloat16() =>
        Avx512F.IsSupported && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
}
