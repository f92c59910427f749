using Screener.Models;
using Screener.Runtime;
using Screener.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Baselines;

/// <summary>What baselines on supervised features have in common: cross-entropy and Dice at first, then the flows' loss.</summary>
internal abstract class SupervisedNetwork : BaselineNetwork
{
    private readonly SupervisedOptions _options;
    private readonly long _flowsFrom;

    private protected SupervisedNetwork(SupervisedOptions options)
        : base(options)
    {
        _options = options;

        // A flow begins with what its first step shows it.
        _flowsFrom = Math.Min((long)(options.Optimisation.Steps * options.SupervisedShare), options.Optimisation.Steps - 1);
    }

    /// <summary>What learns from labels; all else learns from features.</summary>
    private protected abstract IReadOnlyList<Parameter> Supervised { get; }

    /// <summary>How likely each label is.</summary>
    /// <param name="images">[N, 1, D, H, W].</param>
    /// <returns>[N, classes, d, h, w], float32, of voxels 0, s, 2s and so on along each axis; the caller owns it.</returns>
    internal abstract Tensor Logits(Tensor images);

    public sealed override StepLoss Loss(BaselineBatch batch, long step, IReadOnlyList<Parameter> traced)
    {
        batch = Shown(batch, step);
        if (step >= _flowsFrom)
            return FlowLoss(batch, step, step == _flowsFrom);
        var shares = BatchShares.Trace(
            batch.Crops, batch.Clean.device, Supervised, (first, count) => Logits(batch.Clean.narrow(0, first, count)));
        Tensor logits = shares.Output, labels = batch.Organs!;
        for (int axis = 1; axis < 4; axis++)
            labels = labels.slice(axis, 0, labels.shape[axis], labels.shape[axis] / logits.shape[axis + 1]);
        var entropy = nn.functional.cross_entropy(logits, labels);

        // Of each class, and then their mean: small organs count as much as large ones.
        Tensor likely = nn.functional.softmax(logits, 1);
        Tensor there = nn.functional.one_hot(labels, _options.Classes).permute(0, 4, 1, 2, 3).to_type(ScalarType.Float32);
        Tensor both = (likely * there).sum([0, 2, 3, 4]), each = likely.sum([0, 2, 3, 4]).Plus(there.sum([0, 2, 3, 4]));
        Tensor dice = (both.Times(2).Plus(1) / each.Plus(1)).mean().neg().Plus(1);
        return new StepLoss(entropy.Plus(dice), [("entropy", entropy), ("dice", dice)]) { Shares = shares };
    }

    /// <summary>What of a batch is looked at in a step.</summary>
    private protected virtual BaselineBatch Shown(BaselineBatch batch, long step) => batch;

    /// <summary>Minus log-likelihood of features that stay as they are.</summary>
    /// <param name="batch">The crops.</param>
    /// <param name="step">The step.</param>
    /// <param name="isFirst">True where flows take location and scale from the batch before they learn.</param>
    private protected abstract StepLoss FlowLoss(BaselineBatch batch, long step, bool isFirst);
}
