using Screener.Models;
using Screener.Runtime;
using Screener.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Baselines;

/// <summary>A baseline's network: crops in, a score for each voxel out.</summary>
public abstract class BaselineNetwork : nn.Module<Tensor, Tensor>
{
    /// <param name="options">How it was made.</param>
    protected BaselineNetwork(BaselineOptions options)
        : base(options.Name) => Options = options;

    /// <summary>How it was made.</summary>
    public BaselineOptions Options { get; }

    /// <summary>The type of activations; scores and weights are float32.</summary>
    public ComputePrecision Precision
    {
        get;
        set
        {
            field = value;
            foreach (var part in children().OfType<FeaturePyramidNetwork>())
                part.Precision = value;
        }
    }

    /// <summary>The type that the precision stands for.</summary>
    protected ScalarType Type => Precision == ComputePrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>How anomalous each voxel is: the higher, the more.</summary>
    /// <param name="images">[N, 1, D, H, W], 0 to 1.</param>
    /// <returns>[N, 1, D, H, W], float32; the caller owns it.</returns>
    public abstract override Tensor forward(Tensor images);

    /// <summary>What the training goes downhill on.</summary>
    /// <param name="batch">The step's crops.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="traced">All parameters.</param>
    public abstract StepLoss Loss(BaselineBatch batch, long step, IReadOnlyList<Parameter> traced);
}

/// <summary>One step's crops, each [N, 1, D, H, W], 0 to 1.</summary>
/// <param name="Clean">As they were cut.</param>
/// <param name="Altered">With what the baseline draws into them.</param>
/// <param name="Target">How anomalous each voxel is.</param>
/// <param name="Organs">The label of each voxel, [N, D, H, W], int64; null where the baseline learns without labels.</param>
public sealed record BaselineBatch(Tensor Clean, Tensor Altered, Tensor Target, Tensor? Organs)
{
    internal int Crops => (int)Clean.shape[0];
}
