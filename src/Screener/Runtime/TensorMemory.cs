using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Screener.Runtime;

/// <summary>The memory of CPU tensors, for arithmetic that torch has no one operation for.</summary>
internal static unsafe class TensorMemory
{
    // Below, handing work to other threads takes longer than doing it.
    private const long LeastParallelElements = 1 << 15;

    /// <summary>Where the first element lies, whatever the order of the axes. Valid as long as the tensor is.</summary>
    internal static nint Address(Tensor tensor)
    {
        // The span of a tensor asks for torch's own order of axes.
        using Tensor start = tensor.as_strided([Math.Min(1, tensor.NumberOfElements)], [1]);
        return (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(start.bytes));
    }

    /// <summary>Calls <paramref name="work"/> with ranges [first, end) of parts, on as many threads as torch would use here.</summary>
    /// <param name="parts">How many parts there are.</param>
    /// <param name="elements">How many elements they have together.</param>
    /// <param name="work">Must give the same results however the parts are divided.</param>
    internal static void Share(int parts, long elements, Action<int, int> work)
    {
        int threads = elements < LeastParallelElements ? 1 : Math.Min(parts, get_num_threads());
        int Start(int thread) => (int)((long)parts * thread / threads);
        if (threads <= 1)
            work(0, parts);
        else
            Parallel.For(0, threads, new() { MaxDegreeOfParallelism = threads }, thread => work(Start(thread), Start(thread + 1)));
    }
}
