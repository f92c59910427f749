using System.Diagnostics.CodeAnalysis;

namespace Screener.Checkpoints;

/// <summary>A Python tuple, or a torch.Size.</summary>
internal sealed class PickleTuple(object?[] items)
{
    internal object?[] Items => items;
}

/// <summary>A Python list or set; the order of a set is that of the file.</summary>
internal sealed class PickleList
{
    internal List<object?> Items { get; } = [];
}

/// <summary>A Python dict or OrderedDict. Only its string keys can be looked up.</summary>
internal sealed class PickleDictionary
{
    private Dictionary<string, object?>? _byName;
    private List<string>? _names;

    /// <summary>The string keys in the order of the file.</summary>
    internal IReadOnlyList<string> Names => _names ?? [];

    internal bool TryGet(string name, [MaybeNullWhen(false)] out object? value)
    {
        value = null;
        return _byName?.TryGetValue(name, out value) ?? false;
    }

    internal void Set(object? key, object? value)
    {
        if (key is not string name)
            return;
        if ((_byName ??= []).TryAdd(name, value))
            (_names ??= []).Add(name);
        else
            _byName[name] = value;
    }
}

/// <summary>A Python name from the list of those that are allowed, and what calling it makes; null if it is not called.</summary>
/// <remarks>It makes values of this program; no Python runs.</remarks>
internal sealed record PickleGlobal(string Name, object? Meaning = null, Func<object?[], object?>? Call = null);
