using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Densities;

/// <summary>One step of flow on rows [M, d]: act-norm, invertible linear map, affine coupling.</summary>
internal sealed class GlowBlock : nn.Module
{
    // Bounds what a condition can add to act-norm's log-scale, so that 64 blocks cannot overflow on one never seen.
    private const double ConditionLogScaleRange = 3;
    private readonly Parameter shift;
    private readonly Parameter log_scale;
    private readonly LinearLayer? condition_norm;
    private readonly Parameter mixing;
    private readonly LinearLayer coupling1;
    private readonly LinearLayer coupling2;
    private readonly LinearLayer coupling3;
    private readonly int _channels;
    private readonly int _kept;

    internal GlowBlock(int channels, int conditionChannels, int hidden, RandomStream random)
        : base(nameof(GlowBlock))
    {
        _channels = channels;
        _kept = channels / 2;
        shift = WeightStart.Constant(0, channels);
        log_scale = WeightStart.Constant(0, channels);
        condition_norm = conditionChannels == 0
            ? null
            : new LinearLayer(conditionChannels, 2 * channels, random, withBias: false, zero: true);
        mixing = WeightStart.Orthogonal(random, channels);
        coupling1 = new LinearLayer(_kept + conditionChannels, hidden, random);
        coupling2 = new LinearLayer(hidden, hidden, random);
        coupling3 = new LinearLayer(hidden, 2 * (channels - _kept), random, zero: true);
        RegisterComponents();
    }

    internal Device Device => mixing.device;

    /// <summary>Sum over the blocks of log|det W|, in double: [1], float32.</summary>
    internal static Tensor LinearLogDeterminant(IEnumerable<GlowBlock> blocks)
    {
        using var scope = NewDisposeScope();
        Tensor all = stack([.. blocks.Select(b => (Tensor)b.mixing)], 0).to_type(ScalarType.Float64);
        (Tensor _, Tensor logDeterminant) = linalg.slogdet(all);
        return logDeterminant.sum().to_type(ScalarType.Float32).view(1).MoveToOuterDisposeScope();
    }

    /// <summary>Rows to rows, and the log-determinant per row without that of the linear map.</summary>
    internal (Tensor Y, Tensor LogDeterminant) Forward(Tensor x, Tensor? condition)
    {
        using var scope = NewDisposeScope();
        Tensor mixed, logDeterminant;
        if (condition is null)
        {
            // (x + b) e^s W^T = x (W e^s)^T + b (W e^s)^T: one product.
            Tensor scaled = mixing * log_scale.exp();
            mixed = nn.functional.linear(x, scaled, scaled.mv(shift));
            logDeterminant = log_scale.sum();
        }
        else
        {
            (Tensor b, Tensor s) = ActNorm(condition);
            mixed = (x.Plus(b) * s.exp()).matmul(mixing.t());
            logDeterminant = s.sum(1);
        }

        Tensor kept = mixed.narrow(1, 0, _kept);
        Tensor changed = mixed.narrow(1, _kept, _channels - _kept);
        (Tensor couplingShift, Tensor logit) = Coupling(kept, condition);
        Tensor y = cat([kept, changed.Plus(couplingShift) * logit.sigmoid()], 1);
        logDeterminant = logDeterminant.Plus(nn.functional.logsigmoid(logit).sum(1));
        return (y.MoveToOuterDisposeScope(), logDeterminant.MoveToOuterDisposeScope());
    }

    /// <summary>The rows that <see cref="Forward"/> made these of.</summary>
    internal Tensor Inverse(Tensor y, Tensor? condition)
    {
        using var scope = NewDisposeScope();
        Tensor kept = y.narrow(1, 0, _kept);
        (Tensor couplingShift, Tensor logit) = Coupling(kept, condition);
        Tensor changed = (y.narrow(1, _kept, _channels - _kept) / logit.sigmoid()) - couplingShift;
        Tensor unmixing = linalg.inv(mixing.to_type(ScalarType.Float64)).to_type(ScalarType.Float32);
        Tensor x = cat([kept, changed], 1).matmul(unmixing.t());
        (Tensor b, Tensor s) = condition is null ? (shift, log_scale) : ActNorm(condition);
        return ((x * (-s).exp()) - b).MoveToOuterDisposeScope();
    }

    /// <summary>Act-norm's data-dependent start: the rows leave it with mean 0 and variance 1.</summary>
    internal void StartFrom(Tensor x)
    {
        using var scope = NewDisposeScope();
        shift.copy_(-x.mean([0]));
        log_scale.copy_(-x.std([0], unbiased: false).AtLeast(1e-6).log());
    }

    private (Tensor Shift, Tensor LogScale) ActNorm(Tensor condition)
    {
        Tensor predicted = condition_norm!.Forward(condition);
        Tensor b = predicted.narrow(1, 0, _channels).Plus(shift);
        Tensor s = predicted.narrow(1, _channels, _channels).Over(ConditionLogScaleRange).tanh().Times(ConditionLogScaleRange).Plus(
            log_scale);
        return (b, s);
    }

    private (Tensor Shift, Tensor Logit) Coupling(Tensor kept, Tensor? condition)
    {
        Tensor h = condition is null ? kept : cat([kept, condition], 1);
        h = coupling1.Forward(h).relu_();
        h = coupling2.Forward(h).relu_();
        h = coupling3.Forward(h);
        int changed = _channels - _kept;
        return (h.narrow(1, 0, changed), h.narrow(1, changed, changed).Plus(2));
    }
}
