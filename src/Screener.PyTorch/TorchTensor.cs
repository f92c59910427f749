using System.Collections.Immutable;

namespace Screener.PyTorch;

/// <summary>A tensor of a checkpoint: a strided view of numbers that are read when they are asked for.</summary>
public sealed class TorchTensor
{
    private readonly ImmutableArray<long> _strides;
    private readonly long _offset;

    private TorchTensor(TorchStorage storage, TorchDataType type, long offset, ImmutableArray<long> shape, ImmutableArray<long> strides)
    {
        Storage = storage;
        Type = type;
        Shape = shape;
        _offset = offset;
        _strides = strides;
    }

    /// <summary>The number format.</summary>
    public TorchDataType Type { get; }

    /// <summary>Elements along each axis; empty for a single number.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The entry that holds the numbers.</summary>
    internal TorchStorage Storage { get; }

    /// <summary>The number of elements.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>"[32, 16, 1, 1, 1]".</summary>
    internal string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>A view that lies in its storage and is no larger.</summary>
    /// <exception cref="InvalidDataException">It does not, or is.</exception>
    internal static TorchTensor Of(TorchStorage storage, TorchDataType type, long offset, long[] shape, long[] strides)
    {
        const int mostAxes = 16;
        if (shape.Length != strides.Length || shape.Length > mostAxes || offset < 0 || shape.Any(n => n < 0) || strides.Any(n => n < 0))
            throw new InvalidDataException("a tensor of impossible shape");
        long elements = storage.Bytes / type.Size(), count = 1, last = offset;
        bool empty = shape.Contains(0);
        for (int axis = 0; axis < shape.Length && !empty; axis++)
        {
            // Both stay below the square of a file's length, which Int128 holds.
            Int128 product = (Int128)count * shape[axis], reach = last + ((Int128)(shape[axis] - 1) * strides[axis]);
            if (product > elements || reach >= elements)
                throw new InvalidDataException("a tensor larger than its storage");
            (count, last) = ((long)product, (long)reach);
        }

        if (!empty && last >= elements)
            throw new InvalidDataException("a tensor outside of its storage");
        return new TorchTensor(storage, type, offset, [.. shape], [.. strides]);
    }

    /// <summary>The elements in the order of the shape, last axis fastest.</summary>
    /// <param name="storage">All of the storage, as float32.</param>
    internal float[] Gather(float[] storage)
    {
        var values = new float[Count];
        if (values.Length == 0)
            return values;
        var index = new long[Shape.Length];
        long from = _offset;
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = storage[from];
            for (int axis = index.Length - 1; axis >= 0; axis--)
            {
                from += _strides[axis];
                if (++index[axis] < Shape[axis])
                    break;
                from -= _strides[axis] * Shape[axis];
                index[axis] = 0;
            }
        }

        return values;
    }
}

/// <summary>Numbers of a checkpoint, one entry of the zip.</summary>
/// <param name="Key">The entry's name under data/.</param>
/// <param name="Type">The number format; null where the tensors say it.</param>
/// <param name="Bytes">The length.</param>
internal sealed record TorchStorage(string Key, TorchDataType? Type, long Bytes);
