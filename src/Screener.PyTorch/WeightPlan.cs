using Screener.Errors;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.PyTorch;

/// <summary>
/// Which tensors of a checkpoint a network needs, in which shapes, and how its own parameters are made of them. Every name under the
/// prefix must be accounted for before a single number is read.
/// </summary>
internal sealed class WeightPlan(TorchCheckpoint checkpoint, string network, string prefix)
{
    private readonly Dictionary<string, long[]> _needed = [];
    private readonly Dictionary<string, long[]> _unused = [];
    private readonly List<(string Name, Func<Tensor> Make)> _parameters = [];

    /// <summary>The names under the prefix, without it.</summary>
    internal IReadOnlyList<string> Names { get; } =
        [.. checkpoint.Tensors.Keys.Concat(checkpoint.Others).Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).Select(
            n => n[prefix.Length..])];

    /// <summary>True if there is a tensor of that name.</summary>
    internal bool Has(string name) => checkpoint.Tensors.ContainsKey(prefix + name);

    /// <summary>A tensor's length along an axis.</summary>
    /// <exception cref="StateDictException">There is no such tensor, or it does not have that many axes.</exception>
    internal int Length(string name, int axis)
    {
        if (!checkpoint.Tensors.TryGetValue(prefix + name, out var tensor))
            throw new StateDictException(checkpoint.Path, network, [prefix + name], [], []);
        return axis < tensor.Shape.Length && tensor.Shape[axis] <= int.MaxValue
            ? (int)tensor.Shape[axis]
            : throw new StateDictException(checkpoint.Path, network, [], [], [$"{prefix}{name} {tensor.ShapeText}"]);
    }

    /// <summary>One more than the largest number behind <paramref name="start"/>, as in "convs.5.weight"; 0 if there is none.</summary>
    /// <exception cref="TorchFileException">There are more than <paramref name="most"/>.</exception>
    internal int Parts(string start, int most)
    {
        int parts = 0;
        foreach (string name in Names.Where(n => n.StartsWith(start, StringComparison.Ordinal)))
        {
            int end = name.IndexOf('.', start.Length);
            if (end > start.Length && int.TryParse(name.AsSpan(start.Length, end - start.Length), out int number))
                parts = Math.Max(
                    parts, number < most
                        ? number + 1
                        : throw new TorchFileException(
                            checkpoint.Path, $"the name '{prefix}{name}'", $"at most {most} parts of '{prefix}{start}'",
                            "Name a file of the published networks."));
        }

        return parts;
    }

    /// <summary>A tensor that the network is made of.</summary>
    internal void Need(string name, params long[] shape) => _needed.Add(name, shape);

    /// <summary>A tensor that may be there and that nothing depends on.</summary>
    internal void Know(string name, params long[] shape) => _unused.Add(name, shape);

    /// <summary>A parameter that is a tensor of the checkpoint, maybe changed. The change works in a dispose scope of its own.</summary>
    internal void Take(string parameter, string name, long[] shape, Func<Tensor, Tensor>? change = null)
    {
        Need(name, shape);
        Make(parameter, () => change is null ? Load(name) : change(Load(name)));
    }

    /// <summary>A parameter that is computed, in a dispose scope of its own.</summary>
    internal void Make(string parameter, Func<Tensor> make) => _parameters.Add((parameter, make));

    /// <summary>A needed tensor's numbers, last axis fastest.</summary>
    /// <exception cref="TorchFileException">They are damaged, or not all finite.</exception>
    internal float[] Numbers(string name)
    {
        float[] values = checkpoint.ReadFloats(prefix + name);
        return values.All(float.IsFinite)
            ? values
            : throw new TorchFileException(
                checkpoint.Path, $"numbers in '{prefix}{name}' that are not finite", "finite weights",
                "Fetch the file again, or use an earlier one.");
    }

    /// <summary>A needed tensor, float32; the caller owns it.</summary>
    /// <exception cref="TorchFileException">Its numbers are damaged, or not all finite.</exception>
    internal Tensor Load(string name) => TensorMemory.Of(Numbers(name), _needed[name]);

    /// <summary>Compares names and shapes.</summary>
    /// <exception cref="StateDictException">They differ; all differences are listed.</exception>
    internal void Check()
    {
        var missing = new List<string>();
        var misshapen = new List<string>();
        foreach (var (name, shape) in _needed.Concat(_unused))
        {
            if (!checkpoint.Tensors.TryGetValue(prefix + name, out var tensor))
            {
                if (_needed.ContainsKey(name))
                    missing.Add(prefix + name);
            }
            else if (!tensor.Shape.AsSpan().SequenceEqual(shape))
            {
                misshapen.Add($"{prefix}{name} {tensor.ShapeText} in place of [{string.Join(", ", shape)}]");
            }
        }

        // Views of one storage could make a network of any size.
        if (_needed.Keys.Where(Has).Sum(
            n => (decimal)checkpoint.Tensors[prefix + n].Count * checkpoint.Tensors[prefix + n].Type.Size()) > checkpoint.Length)
            throw new TorchFileException(
                checkpoint.Path, "tensors that share their numbers", $"{network} with numbers of its own",
                "Name a file of the published networks.");
        string[] surplus = [.. Names.Where(n => !(Has(n) && (_needed.ContainsKey(n) || _unused.ContainsKey(n)))).Select(n => prefix + n)];
        if (missing.Count + misshapen.Count + surplus.Length > 0)
            throw new StateDictException(checkpoint.Path, network, missing, surplus, misshapen);
    }

    /// <summary>The unused tensors that are there.</summary>
    internal int UnusedCount => _unused.Keys.Count(Has);

    /// <summary>Gives a module its parameters.</summary>
    internal void CopyTo(nn.Module module)
    {
        using var guard = no_grad();
        var state = module.state_dict();
        foreach (var (name, make) in _parameters)
        {
            using var scope = NewDisposeScope();
            state[name].copy_(make());
        }
    }
}
