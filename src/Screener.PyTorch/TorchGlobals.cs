using System.Text;

namespace Screener.PyTorch;

/// <summary>The Python names that a file of tensors needs. Nothing is made with any other name.</summary>
internal static class TorchGlobals
{
    // Longer than any name of a network's part; it is looked at again wherever the pickle repeats it.
    private const int MaxKey = 1024;

    private static readonly Dictionary<string, PickleGlobal> Allowed = Make().ToDictionary(g => g.Name);

    /// <summary>The meaning of "module.name"; null if it is not on the list.</summary>
    internal static PickleGlobal? Find(string name) => Allowed.GetValueOrDefault(name);

    /// <summary>The storage behind ('storage', type, key, device, count).</summary>
    /// <exception cref="InvalidDataException">It is nothing like that.</exception>
    internal static TorchStorage Storage(object? id)
    {
        if (id is not PickleTuple { Items: ["storage", PickleGlobal { Meaning: StorageType type }, string key, string, long count, ..] }
            || count < 0 || key.Length > MaxKey)
            throw new InvalidDataException("a storage of unknown form");
        return new TorchStorage(key, type.Numbers, checked(count * (type.Numbers?.Size() ?? 1)));
    }

    private static IEnumerable<PickleGlobal> Make()
    {
        yield return new("collections.OrderedDict", Call: Dictionary);
        yield return new("torch._utils._rebuild_tensor_v2", Call: Tensor);
        yield return new("torch._utils._rebuild_tensor_v3", Call: TypedTensor);
        yield return new("torch._utils._rebuild_parameter", Call: Parameter);
        yield return new("torch.Size", Call: a => a is [PickleTuple size] ? size : throw new InvalidDataException("a size of unknown form"));
        yield return new("torch.device", Call: a => a is [string] or [string, long] ? a[0] : throw new InvalidDataException("a device of unknown form"));
        foreach (string module in (string[])["builtins", "__builtin__"])
            yield return new($"{module}.set", Call: a => a is [PickleList set] ? set : throw new InvalidDataException("a set of unknown form"));

        // How protocol 2 writes bytes.
        yield return new("_codecs.encode", Call: a => a is [string text, "latin1"] ? Encoding.Latin1.GetBytes(text) : throw new InvalidDataException("bytes of unknown form"));

        foreach (var (storage, name, type) in ((string, string, TorchDataType)[])[
            ("Float", "float32", TorchDataType.Float32), ("Double", "float64", TorchDataType.Float64), ("Half", "float16", TorchDataType.Float16),
            ("BFloat16", "bfloat16", TorchDataType.BFloat16), ("Char", "int8", TorchDataType.Int8), ("Short", "int16", TorchDataType.Int16),
            ("Int", "int32", TorchDataType.Int32), ("Long", "int64", TorchDataType.Int64), ("Byte", "uint8", TorchDataType.UInt8), ("Bool", "bool", TorchDataType.Bool)])
        {
            yield return new($"torch.{storage}Storage", new StorageType(type));
            yield return new($"torch.{name}", type);
        }

        yield return new("torch.storage.UntypedStorage", new StorageType(null));
    }

    private static PickleDictionary Dictionary(object?[] arguments)
    {
        var dictionary = new PickleDictionary();
        if (arguments is [])
            return dictionary;
        if (arguments is not [PickleList pairs])
            throw new InvalidDataException("a dictionary of unknown form");
        foreach (object? pair in pairs.Items)
        {
            IReadOnlyList<object?> items = pair switch { PickleTuple t => t.Items, PickleList l => l.Items, _ => [] };
            if (items is not [var key, var value] || key is string { Length: > MaxKey })
                throw new InvalidDataException("a dictionary of unknown form");
            dictionary.Set(key, value);
        }

        return dictionary;
    }

    // (storage, offset, size, strides, requires_grad, hooks, metadata?)
    private static TorchTensor Tensor(object?[] arguments) =>
        arguments is [TorchStorage { Type: { } type } storage, long offset, PickleTuple size, PickleTuple strides, bool, PickleDictionary { IsEmpty: true }, ..]
            ? TorchTensor.Of(storage, type, offset, Whole(size), Whole(strides))
            : throw new InvalidDataException("a tensor of unknown form");

    // (storage of bytes, offset, size, strides, requires_grad, hooks, dtype, metadata?)
    private static TorchTensor TypedTensor(object?[] arguments) =>
        arguments is [TorchStorage { Type: null } storage, long offset, PickleTuple size, PickleTuple strides, bool, PickleDictionary { IsEmpty: true }, PickleGlobal { Meaning: TorchDataType type }, ..]
            ? TorchTensor.Of(storage, type, offset, Whole(size), Whole(strides))
            : throw new InvalidDataException("a tensor of unknown form");

    private static object Parameter(object?[] arguments) =>
        arguments is [TorchTensor tensor, bool, PickleDictionary { IsEmpty: true }] ? tensor : throw new InvalidDataException("a parameter of unknown form");

    private static long[] Whole(PickleTuple tuple) =>
        [.. tuple.Items.Select(i => i is long n ? n : throw new InvalidDataException("a tensor of unknown form"))];

    private sealed record StorageType(TorchDataType? Numbers);
}
