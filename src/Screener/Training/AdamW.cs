using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>AdamW (arXiv 1711.05101) with its state as plain tensors, so that a checkpoint can hold and restore every bit of it.</summary>
/// <remarks>TorchSharp's own passes numbers to native code in a way that a garbage collection can break; see <see cref="Runtime.RootedScalar"/>.</remarks>
internal sealed class AdamW : IDisposable
{
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly OptimisationOptions _options;
    private readonly List<Tensor> _means = [];
    private readonly List<Tensor> _squares = [];
    private long _step;

    internal AdamW(IReadOnlyList<Parameter> parameters, OptimisationOptions options)
    {
        _parameters = parameters;
        _options = options;
        using var guard = no_grad();
        foreach (var parameter in parameters)
        {
            _means.Add(zeros_like(parameter).DetachFromDisposeScope());
            _squares.Add(zeros_like(parameter).DetachFromDisposeScope());
        }
    }

    /// <summary>The state by name; the optimiser owns the tensors.</summary>
    internal IEnumerable<(string Name, Tensor Value)> State =>
        _means.Select((t, i) => ($"mean.{i}", t)).Concat(_squares.Select((t, i) => ($"square.{i}", t)));

    /// <summary>Restores a state.</summary>
    /// <param name="step">Updates made so far.</param>
    /// <param name="state">A tensor for each name of <see cref="State"/>.</param>
    internal void Restore(long step, Func<string, Tensor> state)
    {
        using var guard = no_grad();
        _step = step;
        foreach (var (name, value) in State)
            value.copy_(state(name));
    }

    /// <summary>Scales the gradients of parameters [start, start + count) down to a norm.</summary>
    /// <returns>The L2 norm before, a scalar tensor in the current scope.</returns>
    internal Tensor Clip(int start, int count, double limit)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var gradients = Enumerable.Range(start, count).Select(i => _parameters[i].grad).OfType<Tensor>().ToList();
        if (gradients.Count == 0)
            return zeros(1).sum().MoveToOuterDisposeScope();
        var norm = stack(gradients.Select(g => g.norm())).norm();
        // A finite factor even where the norm is infinite or NaN: the caller looks at the norm.
        var factor = tensor((float)limit, device: norm.device).div(norm.Plus(tensor(1e-6f, device: norm.device))).minimum(tensor(1f, device: norm.device));
        foreach (var gradient in gradients)
            gradient.mul_(factor);
        return norm.MoveToOuterDisposeScope();
    }

    /// <summary>One update at the given learning rate; clears the gradients.</summary>
    internal void Step(double learningRate)
    {
        _step++;
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var device = _parameters.Count > 0 ? _parameters[0].device : CPU;
        Tensor Number(double value) => tensor((float)value, device: device);
        var (beta1, rest1, beta2, rest2) = (Number(_options.Beta1), Number(1 - _options.Beta1), Number(_options.Beta2), Number(1 - _options.Beta2));
        var decay = Number(1 - (learningRate * _options.WeightDecay));
        var rate = Number(learningRate / (1 - Math.Pow(_options.Beta1, _step)));
        var correction = Number(1 / Math.Sqrt(1 - Math.Pow(_options.Beta2, _step)));
        var epsilon = Number(_options.Epsilon);
        for (int i = 0; i < _parameters.Count; i++)
        {
            using var inner = NewDisposeScope();
            if (_parameters[i].grad is not { } gradient)
                continue;
            var parameter = _parameters[i];
            parameter.mul_(decay);
            _means[i].mul_(beta1).Increase(gradient * rest1);
            _squares[i].mul_(beta2).Increase(gradient.Squared().mul_(rest2));
            parameter.sub_((_means[i] * rate).div_(_squares[i].sqrt().mul_(correction).Increase(epsilon)));
            parameter.grad = null;
        }
    }

    public void Dispose()
    {
        foreach (var (_, value) in State)
            value.Dispose();
    }
}
