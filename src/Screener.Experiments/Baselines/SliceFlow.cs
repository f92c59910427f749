using Screener.Models;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Baselines;

/// <summary>Half of the channels shift and scale the other half, each by what lies around it; no scale leaves e^+-1.9 (MSFlow).</summary>
internal static class SliceCoupling
{
    private const double Clamp = 1.9;

    /// <summary>The changed half, and the log-determinant of each slice, [S].</summary>
    /// <param name="changed">[S, c, H, W].</param>
    /// <param name="said">[S, 2 c, H, W]: shifts, and log-scales before they are clamped.</param>
    /// <param name="isInverse">Back.</param>
    internal static (Tensor Changed, Tensor LogDeterminant) Apply(Tensor changed, Tensor said, bool isInverse)
    {
        long channels = changed.shape[1];
        Tensor shift = said.narrow(1, 0, channels), logScale = said.narrow(1, channels, channels).tanh().Times(Clamp);
        return isInverse
            ? ((changed * logScale.neg().exp()) - shift, logScale.sum([1, 2, 3]).neg())
            : (changed.Plus(shift) * logScale.exp(), logScale.sum([1, 2, 3]));
    }
}

/// <summary>The flow of one scale: channels with mean 0 and deviation 1, then blocks of an exchange of channels and a coupling.</summary>
internal sealed class SliceFlow : nn.Module
{
    private readonly ModuleList<SliceConvolution> hidden = new();
    private readonly ModuleList<SliceConvolution> said = new();
    private readonly Tensor mean;
    private readonly Tensor log_scale;
    private readonly Tensor orders;
    private readonly int _kept;

    internal SliceFlow(int channels, int blocks, RandomStream random)
        : base(nameof(SliceFlow))
    {
        _kept = channels / 2;
        mean = zeros(1, channels, 1, 1).DetachFromDisposeScope();
        log_scale = zeros(1, channels, 1, 1).DetachFromDisposeScope();
        long[] drawn = new long[blocks * channels];
        for (int block = 0; block < blocks; block++)
        {
            Enumerable.Range(0, channels).Select(c => (Key: random.NextBits(), Channel: (long)c)).Order().Select(c => c.Channel)
                .ToArray().CopyTo(drawn, block * channels);
            hidden.Add(new SliceConvolution(_kept, channels, 3, random));
            said.Add(new SliceConvolution(channels, 2 * (channels - _kept), 3, random, isZero: true));
        }

        orders = tensor(drawn, [blocks, channels]).DetachFromDisposeScope();
        register_buffer(nameof(mean), mean);
        register_buffer(nameof(log_scale), log_scale);
        register_buffer(nameof(orders), orders);
        RegisterComponents();
    }

    /// <summary>The data-dependent start.</summary>
    internal void StartFrom(Tensor x)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        mean.copy_(x.mean([0, 2, 3], keepdim: true));
        log_scale.copy_(x.std([0, 2, 3], unbiased: false, keepdim: true).AtLeast(1e-4).log().neg());
    }

    /// <summary>[S, C, H, W] to normal numbers, and the log-determinant of each slice, [S]; in the scope of the caller.</summary>
    internal (Tensor Z, Tensor LogDeterminant) Forward(Tensor x)
    {
        Tensor z = (x - mean) * log_scale.exp();
        Tensor logDeterminant = log_scale.sum().Times(x.shape[2] * x.shape[3]).expand(x.shape[0]);
        for (int block = 0; block < hidden.Count; block++)
        {
            z = z.index_select(1, orders.select(0, block));
            Tensor kept = z.narrow(1, 0, _kept);
            var (changed, own) = SliceCoupling.Apply(z.narrow(1, _kept, z.shape[1] - _kept), Said(block, kept), isInverse: false);
            z = cat([kept, changed], 1);
            logDeterminant = logDeterminant.Plus(own);
        }

        return (z, logDeterminant);
    }

    private Tensor Said(int block, Tensor kept) => said[block].Forward(nn.functional.relu(hidden[block].Forward(kept)));
}

/// <summary>
/// The flow over all scales (MSFlow; as CS-Flow's couplings, arXiv 2110.02855): half of the channels of every scale shift and scale the
/// other half of each, brought to its size.
/// </summary>
internal sealed class FusionFlow : nn.Module
{
    private readonly ModuleList<SliceConvolution> hidden = new();
    private readonly ModuleList<SliceConvolution> said = new();
    private readonly int[] _channels;
    private readonly int _couplings;

    /// <param name="channels">Of each scale; a scale has half the size of the one before.</param>
    /// <param name="blocks">Pairs of couplings.</param>
    /// <param name="random">Draws the weights.</param>
    internal FusionFlow(int[] channels, int blocks, RandomStream random)
        : base(nameof(FusionFlow))
    {
        (_channels, _couplings) = (channels, 2 * blocks);
        for (int coupling = 0; coupling < _couplings; coupling++)
        {
            foreach (int count in channels)
            {
                hidden.Add(new SliceConvolution(Kept(coupling, count), channels[0], 3, random));
                said.Add(new SliceConvolution(channels[0], 2 * (count - Kept(coupling, count)), 3, random, isZero: true));
            }
        }

        RegisterComponents();
    }

    /// <summary>Maps to maps of the same shapes, and the log-determinant of each slice, [S]; in the scope of the caller.</summary>
    internal (Tensor[] Z, Tensor LogDeterminant) Forward(Tensor[] scales) => Run(scales, isInverse: false);

    /// <summary>The maps that <see cref="Forward"/> made these of.</summary>
    internal Tensor[] Inverse(Tensor[] scales) => Run(scales, isInverse: true).Z;

    private (Tensor[] Z, Tensor LogDeterminant) Run(Tensor[] scales, bool isInverse)
    {
        Tensor[] z = [.. scales];
        Tensor? logDeterminant = null;
        for (int i = 0; i < _couplings; i++)
        {
            // Even couplings keep the first half, odd ones the second.
            int coupling = isInverse ? _couplings - 1 - i : i, first = coupling * z.Length;
            var (kept, changed) = (new Tensor[z.Length], new Tensor[z.Length]);
            for (int s = 0; s < z.Length; s++)
            {
                int keep = Kept(coupling, _channels[s]), change = _channels[s] - keep;
                kept[s] = z[s].narrow(1, coupling % 2 == 0 ? 0 : change, keep);
                changed[s] = z[s].narrow(1, coupling % 2 == 0 ? keep : 0, change);
            }

            Tensor[] seen = [.. kept.Select((k, s) => nn.functional.relu(hidden[first + s].Forward(k)))];
            for (int s = 0; s < z.Length; s++)
            {
                Tensor all = seen[s];
                for (int other = 0; other < z.Length; other++)
                    all = other == s ? all : all.Plus(Brought(seen[other], z[s].shape));
                (Tensor half, Tensor own) = SliceCoupling.Apply(changed[s], said[first + s].Forward(all), isInverse);
                z[s] = coupling % 2 == 0 ? cat([kept[s], half], 1) : cat([half, kept[s]], 1);
                logDeterminant = logDeterminant is null ? own : logDeterminant.Plus(own);
            }
        }

        return (z, logDeterminant!);
    }

    private static int Kept(int coupling, int channels) => coupling % 2 == 0 ? channels / 2 : channels - (channels / 2);

    private static Tensor Brought(Tensor map, long[] shape)
    {
        long factor = map.shape[2] / shape[2];
        return factor > 1
            ? nn.functional.avg_pool2d(map, [factor, factor], [factor, factor])
            : SliceNetwork.Fit(map, shape[2..], InterpolationMode.Nearest);
    }
}
