using Screener.Errors;

namespace Screener.Baselines;

/// <summary>A baseline whose features learn to tell organs; then they stay, and flows learn how likely they are.</summary>
/// <remarks>It is trained on CTs with organ labels beside them: those of phantoms, or any whole numbers on the CT's grid.</remarks>
public abstract record SupervisedOptions : BaselineOptions
{
    /// <summary>One more than the greatest label; 0 takes that of the training.</summary>
    public int Classes { get; init; }

    /// <summary>The part of the steps after which features stay.</summary>
    public double SupervisedShare { get; init; } = 0.5;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        OptionException.ThrowIfOutside(nameof(Classes), Classes, 0, OrganLabels.Most + 1);
        OptionException.ThrowIfOutside(nameof(SupervisedShare), SupervisedShare, 0.0, 1.0);
    }

    /// <summary>These for the labels of a training.</summary>
    internal SupervisedOptions For(int classes) => Classes == 0
        ? this with { Classes = classes }
        : Classes >= classes
            ? this
            : throw new OptionException(nameof(Classes), $"{Classes}", $"at least {classes}: labels go up to {classes - 1}");
}
