using System.Diagnostics.CodeAnalysis;

namespace Screener.PyTorch;

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
    private List<object?>? _unnamed;

    /// <summary>The string keys in the order of the file.</summary>
    internal IReadOnlyList<string> Names => _names ?? [];

    internal bool IsEmpty => _byName is null && _unnamed is null;

    /// <summary>The values behind the string keys, and all keys and values beside them.</summary>
    internal IEnumerable<object?> Contents => (_byName?.Values ?? Enumerable.Empty<object?>()).Concat(_unnamed ?? []);

    internal bool TryGet(string name, [MaybeNullWhen(false)] out object? value)
    {
        value = null;
        return _byName?.TryGetValue(name, out value) ?? false;
    }

    internal void Set(object? key, object? value)
    {
        if (key is not string name)
        {
            (_unnamed ??= []).AddRange([key, value]);
            return;
        }

        if ((_byName ??= []).TryAdd(name, value))
            (_names ??= []).Add(name);
        else
            _byName[name] = value;
    }
}

/// <summary>A Python name from the list of those that are allowed, and what calling it makes; null if it is not called.</summary>
/// <remarks>It makes values of this program; no Python runs.</remarks>
internal sealed record PickleGlobal(string Name, object? Meaning = null, Func<object?[], object?>? Call = null);

/// <summary>Stands for a Python name that is not on the list, and for all that would be made with it. It is and does nothing.</summary>
internal sealed record PickleRefused(string Name)
{
    /// <summary>The first of them that is the value or that the value holds, however deep; null if there is none.</summary>
    internal static PickleRefused? In(object? value)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var left = new Stack<object?>([value]);
        while (left.TryPop(out object? next))
        {
            if (next is PickleRefused refused)
                return refused;
            IEnumerable<object?>? contents = next switch
            {
                PickleTuple tuple => tuple.Items,
                PickleList list => list.Items,
                PickleDictionary dictionary => dictionary.Contents,
                _ => null,
            };
            if (contents is null || !seen.Add(next!))
                continue;
            foreach (object? content in contents)
                left.Push(content);
        }

        return null;
    }
}
