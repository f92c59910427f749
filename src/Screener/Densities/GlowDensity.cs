using Screener.Errors;
using Screener.Imaging;
using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Densities;

/// <summary>
/// A normalising flow at every position (Glow, arXiv 1807.03039, without its squeezes; conditional as in CFLOW-AD,
/// arXiv 2107.12571; arXiv 2502.08321, section 3.3).
/// </summary>
/// <remarks>Positions are independent of each other, so maps are turned into rows and a 1^3 convolution is a matrix product.</remarks>
public sealed class GlowDensity : DensityModel
{
    private readonly ModuleList<GlowBlock> blocks = new();

    /// <summary>Makes a flow; without training it is a rotation, so the standard normal's density of what act-norm leaves.</summary>
    /// <param name="featureChannels">d, the length of a feature vector, at least 2.</param>
    /// <param name="conditionChannels">c, the length of a condition vector; 0 for a marginal density.</param>
    /// <param name="options">Depth and width.</param>
    /// <param name="random">Where the weights come from.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public GlowDensity(int featureChannels, int conditionChannels, GlowDensityOptions options, RandomStream random)
        : base(nameof(GlowDensity), featureChannels, conditionChannels)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        OptionException.ThrowIfOutside(nameof(featureChannels), featureChannels, 2, 8192);
        options.Validate();
        Options = options;
        for (int block = 0; block < options.Blocks; block++)
            blocks.Add(new GlowBlock(featureChannels, conditionChannels, options.HiddenChannels, random));
        RegisterComponents();
    }

    /// <summary>Depth and width.</summary>
    public GlowDensityOptions Options { get; }

    /// <inheritdoc/>
    public override Tensor NegativeLogLikelihood(Tensor features, Tensor? condition)
    {
        using var scope = NewDisposeScope();
        (Tensor z, Tensor logDeterminant) = Rows(features, condition);
        Tensor score = z.Squared().sum(1).Plus(FeatureChannels * LogTwoPi).Over(2) - logDeterminant;
        return score.view(features.shape[0], features.shape[2], features.shape[3], features.shape[4]).MoveToOuterDisposeScope();
    }

    /// <summary>The flow itself: features to normal variables.</summary>
    /// <param name="features">[N, d, D, H, W], float32.</param>
    /// <param name="condition">[N, c, D, H, W], float32; null for a marginal density.</param>
    /// <returns>z [N, d, D, H, W] and log|det dz/dy| [N, D, H, W], which the caller owns.</returns>
    public (Tensor Z, Tensor LogDeterminant) Transform(Tensor features, Tensor? condition)
    {
        using var scope = NewDisposeScope();
        (Tensor z, Tensor logDeterminant) = Rows(features, condition);
        long[] s = features.shape;
        return (ToMap(z, s).MoveToOuterDisposeScope(), logDeterminant.view(s[0], s[2], s[3], s[4]).MoveToOuterDisposeScope());
    }

    /// <summary>Normal variables back to features.</summary>
    /// <param name="z">[N, d, D, H, W], float32.</param>
    /// <param name="condition">[N, c, D, H, W], float32; null for a marginal density.</param>
    /// <returns>[N, d, D, H, W], which the caller owns.</returns>
    public Tensor Inverse(Tensor z, Tensor? condition)
    {
        Check(z, condition);
        using var scope = NewDisposeScope();
        Tensor x = ToRows(z);
        Tensor? c = condition is null ? null : ToRows(Standardised(condition));
        for (int block = blocks.Count - 1; block >= 0; block--)
        {
            using Tensor y = x;
            x = blocks[block].Inverse(y, c);
        }

        return ToMap(x, z.shape).MoveToOuterDisposeScope();
    }

    /// <summary>Features drawn from the density.</summary>
    /// <param name="batch">N.</param>
    /// <param name="map">D, H, W of the map.</param>
    /// <param name="condition">[N, c, D, H, W], float32; null for a marginal density.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="temperature">The standard deviation of z, from 0 (the mode of z) to 10; 1 samples the density.</param>
    /// <returns>[N, d, D, H, W], which the caller owns.</returns>
    public Tensor Sample(int batch, VolumeShape map, Tensor? condition, RandomStream random, double temperature = 1)
    {
        ArgumentNullException.ThrowIfNull(random);
        OptionException.ThrowIfOutside(nameof(batch), batch, 1, 1 << 20);
        OptionException.ThrowIfOutside(nameof(temperature), temperature, 0, 10);
        var values = new float[checked((long)batch * FeatureChannels * map.CheckedLength())];
        for (long i = 0; i < values.LongLength; i++)
            values[i] = (float)(temperature * random.NextGaussian());
        using var scope = NewDisposeScope();
        Tensor z = TensorMemory.Of(values, [batch, FeatureChannels, map.Depth, map.Height, map.Width]).to(
            condition?.device ?? blocks[0].Device);
        return Inverse(z, condition).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Initialize(Tensor features, Tensor? condition)
    {
        Tensor x = ToRows(features);
        Tensor? c = condition is null ? null : ToRows(Standardised(condition));
        for (int block = 0; block < blocks.Count; block++)
        {
            using Tensor y = x;
            blocks[block].StartFrom(y);
            (x, Tensor perRow) = blocks[block].Forward(y, c);
            perRow.Dispose();
        }
    }

    private static Tensor ToRows(Tensor map)
    {
        using var scope = NewDisposeScope();
        return map.permute(0, 2, 3, 4, 1).reshape(-1, map.shape[1]).MoveToOuterDisposeScope();
    }

    private static Tensor ToMap(Tensor rows, long[] shape)
    {
        using var scope = NewDisposeScope();
        return rows.view(shape[0], shape[2], shape[3], shape[4], shape[1]).permute(0, 4, 1, 2, 3).contiguous().MoveToOuterDisposeScope();
    }

    private (Tensor Z, Tensor LogDeterminant) Rows(Tensor features, Tensor? condition)
    {
        Check(features, condition);
        using var scope = NewDisposeScope();
        Tensor z = ToRows(features);
        Tensor? c = condition is null ? null : ToRows(Standardised(condition));
        Tensor logDeterminant = GlowBlock.LinearLogDeterminant(blocks).expand(z.shape[0]);
        for (int block = 0; block < blocks.Count; block++)
        {
            using Tensor before = z, sum = logDeterminant;
            (z, Tensor perRow) = blocks[block].Forward(before, c);
            using (perRow)
                logDeterminant = sum.Plus(perRow);
        }

        return (z.MoveToOuterDisposeScope(), logDeterminant.MoveToOuterDisposeScope());
    }
}
