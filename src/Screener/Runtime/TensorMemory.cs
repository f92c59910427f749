using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Screener.Runtime;

/// <summary>The memory of CPU tensors: filled from arrays, and open to arithmetic that torch has no one operation for.</summary>
public static unsafe class TensorMemory
{
    // Below, handing work to other threads takes longer than doing it.
    private const long LeastParallelElements = 1 << 15;

    /// <summary>Numbers in torch's own memory, which begins at a multiple of 64 bytes; the current scope, or the caller, owns it.</summary>
    /// <remarks>What TorchSharp makes of an array begins wherever the array lies, and the last bits of a product of matrices depend on
    /// that: such tensors are not for what must repeat bit for bit.</remarks>
    /// <param name="values">float, double or long, as many as the shape holds.</param>
    /// <param name="shape">The length of every axis.</param>
    /// <exception cref="ArgumentException">Numbers of another type, or not as many as the shape holds.</exception>
    public static Tensor Of<T>(ReadOnlySpan<T> values, params long[] shape)
        where T : unmanaged
    {
        var type = typeof(T) == typeof(float) ? ScalarType.Float32
            : typeof(T) == typeof(double) ? ScalarType.Float64
            : typeof(T) == typeof(long) ? ScalarType.Int64
            : throw new ArgumentException($"{typeof(T).Name}; expected float, double or long.", nameof(values));
        Tensor tensor = empty(shape, type);
        if (tensor.NumberOfElements != values.Length)
            throw new ArgumentException($"{values.Length} numbers; expected {tensor.NumberOfElements}.", nameof(values));
        if (!values.IsEmpty)
            MemoryMarshal.AsBytes(values).CopyTo(tensor.bytes);
        return tensor;
    }

    /// <summary>A matrix in memory of torch's own.</summary>
    /// <inheritdoc cref="Of{T}(ReadOnlySpan{T}, long[])"/>
    internal static Tensor Of(float[,] values)
    {
        ref float first = ref Unsafe.As<byte, float>(ref MemoryMarshal.GetArrayDataReference(values));
        return Of(MemoryMarshal.CreateReadOnlySpan(ref first, values.Length), values.GetLength(0), values.GetLength(1));
    }

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
