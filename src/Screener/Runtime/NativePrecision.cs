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

    // Intel's manual, CPUID leaf 7, sub-leaf 1, EAX bit 5; .NET has no name for it.
    private static bool HasAvx512BFloat16() =>
        Avx512F.IsSupported && X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
}
