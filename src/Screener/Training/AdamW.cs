using System.Numerics;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>AdamW (arXiv 1711.05101) with its state as plain tensors, so that a checkpoint can hold and restore every bit of it.</summary>
/// <remarks>TorchSharp's own passes numbers to native code in a way that a garbage collection can break; see
/// <see cref="RootedArithmetic"/>.</remarks>
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
        var factor = tensor((float)limit, device: norm.device).div(norm.Plus(tensor(1e-6f, device: norm.device))).minimum(
            tensor(1f, device: norm.device));
        foreach (var gradient in gradients)
            gradient.mul_(factor);
        return norm.MoveToOuterDisposeScope();
    }

    /// <summary>One update at the given learning rate; clears the gradients.</summary>
    internal void Step(double learningRate)
    {
        _step++;
        double decay = 1 - (learningRate * _options.WeightDecay), rate = learningRate / (1 - Math.Pow(_options.Beta1, _step));
        double correction = 1 / Math.Sqrt(1 - Math.Pow(_options.Beta2, _step));
        using var guard = no_grad();
        for (int i = 0; i < _parameters.Count; i++)
        {
            using var scope = NewDisposeScope();
            if (_parameters[i].grad is not { } gradient)
                continue;
            if (_parameters[i].device.type == DeviceType.CPU)
                Update(_parameters[i], gradient.contiguous(), _means[i], _squares[i], new((float)decay, (float)rate, (float)correction));
            else
                Update(_parameters[i], gradient, _means[i], _squares[i], decay, rate, correction);
            _parameters[i].grad = null;
        }
    }

    public void Dispose()
    {
        foreach (var (_, value) in State)
            value.Dispose();
    }

    private void Update(Parameter parameter, Tensor gradient, Tensor mean, Tensor square, double decay, double rate, double correction)
    {
        Tensor Number(double value) => tensor((float)value, device: parameter.device);
        parameter.mul_(Number(decay));
        mean.mul_(Number(_options.Beta1)).Increase(gradient * Number(1 - _options.Beta1));
        square.mul_(Number(_options.Beta2)).Increase(gradient.Squared().mul_(Number(1 - _options.Beta2)));
        parameter.sub_((mean * Number(rate)).div_(square.sqrt().mul_(Number(correction)).Increase(Number(_options.Epsilon))));
    }

    // The same in one pass over memory in place of ten.
    private unsafe void Update(Parameter parameter, Tensor gradient, Tensor mean, Tensor square, Rates rates)
    {
        nint at = TensorMemory.Address(parameter), slopeAt = TensorMemory.Address(gradient);
        nint meanAt = TensorMemory.Address(mean), squareAt = TensorMemory.Address(square);
        float beta1 = (float)_options.Beta1, rest1 = (float)(1 - _options.Beta1), epsilon = (float)_options.Epsilon;
        float beta2 = (float)_options.Beta2, rest2 = (float)(1 - _options.Beta2);
        int elements = checked((int)parameter.NumberOfElements);
        TensorMemory.Share(elements, elements, (first, end) =>
        {
            Span<float> Part(nint address) => new Span<float>((float*)address, elements)[first..end];
            Span<float> values = Part(at), slopes = Part(slopeAt), means = Part(meanAt), squares = Part(squareAt);
            int i = 0;
            for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                var slope = new Vector<float>(slopes[i..]);
                var average = (new Vector<float>(means[i..]) * beta1) + (slope * rest1);
                var power = (new Vector<float>(squares[i..]) * beta2) + (slope * slope * rest2);
                average.CopyTo(means[i..]);
                power.CopyTo(squares[i..]);
                var step = average * rates.Rate / ((Vector.SquareRoot(power) * rates.Correction) + new Vector<float>(epsilon));
                ((new Vector<float>(values[i..]) * rates.Decay) - step).CopyTo(values[i..]);
            }

            for (; i < values.Length; i++)
            {
                means[i] = (means[i] * beta1) + (slopes[i] * rest1);
                squares[i] = (squares[i] * beta2) + (slopes[i] * slopes[i] * rest2);
                values[i] = (values[i] * rates.Decay) - (means[i] * rates.Rate / ((MathF.Sqrt(squares[i]) * rates.Correction) + epsilon));
            }
        });
    }

    private readonly record struct Rates(float Decay, float Rate, float Correction);
}
