using System.Text.Json.Serialization;
using Screener.Errors;
using Screener.Runtime;

namespace Screener.Evaluation;

/// <summary>How anomaly maps are compared with annotated lesions. The defaults are the paper's where it has a value.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The paper's evaluation: areas up to a false-positive rate of 0.3, samples of 1000 + 1000 voxels a case.</summary>
    public static EvaluationOptions Paper { get; } = new();

    /// <summary>The false-positive rate up to which the partial areas are taken, in (0, 1].</summary>
    public double FprLimit { get; init; } = 0.3;

    /// <summary>Which lesion voxels make one region of the AUPRO. The paper says only "3-D connected"; the choice is ours.</summary>
    public Connectivity Connectivity { get; init; } = Connectivity.TwentySix;

    /// <summary>Random positive and random negative voxels per case for the published sampled estimator; 0 leaves it out.</summary>
    public int SamplesPerCase { get; init; } = 1000;

    /// <summary>Bootstrap replicates for the confidence intervals; 0 leaves them out.</summary>
    public int BootstrapReplicates { get; init; } = 1000;

    /// <summary>Coverage of the confidence intervals, in (0, 1).</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>
    /// Thresholds on which the bootstrap evaluates its replicates, taken along the pooled curve. Takes up to 33 bytes x this per case.
    /// </summary>
    public int IntervalBins { get; init; } = 2048;

    /// <summary>At most this many points in each curve of the result.</summary>
    public int CurvePoints { get; init; } = 512;

    /// <summary>Threads to use; 0 means one per processor. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary><see cref="Threads"/>, with 0 resolved.</summary>
    internal int ThreadCount => ThreadCounts.Of(Threads);

    // Files from before scores were counted have these two.
    [JsonInclude]
    private long MemoryBudget { init => _ = value; }

    [JsonInclude]
    private string? TemporaryFolder { init => _ = value; }

    /// <summary>Checks every option.</summary>
    /// <exception cref="OptionException">An option is out of range; the message names it.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(FprLimit), FprLimit, 1e-6, 1);
        if (!Enum.IsDefined(Connectivity))
            throw new OptionException(nameof(Connectivity), $"{(int)Connectivity}", "6, 18 or 26");
        OptionException.ThrowIfOutside(nameof(SamplesPerCase), SamplesPerCase, 0, 1_000_000);
        OptionException.ThrowIfOutside(nameof(BootstrapReplicates), BootstrapReplicates, 0, 1_000_000);
        OptionException.ThrowIfOutside(nameof(Confidence), Confidence, 0.01, 0.9999);
        OptionException.ThrowIfOutside(nameof(IntervalBins), IntervalBins, 16, 1 << 16);
        OptionException.ThrowIfOutside(nameof(CurvePoints), CurvePoints, 16, 1 << 16);
        OptionException.ThrowIfOutside(nameof(Threads), Threads, 0, 1024);
    }
}
