using Screener.Errors;
using Screener.Models;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.PyTorch;

/// <summary>
/// The names and shapes of the published descriptor and condition networks, and what each means here: a 3-D UNet under "unet." and
/// one 1^3 convolution per level under "convs.".
/// </summary>
/// <remarks>
/// Three things are there and not here. A time embedding that is always that of t = 1 adds a constant to the first convolution of every
/// block: it is added to that convolution's bias. Attention blocks on the lowest levels, whose result the published forward pass drops,
/// are left out. Every level's head has a bias: constants pass through upsampling, cropping and edge padding, so their sum is the finest level's.
/// </remarks>
internal sealed class FeatureWeights
{
    private const int TimeFrequencies = 128;
    private const int MostLevels = 8, MostBlocks = 64;
    private readonly WeightPlan _plan;
    private readonly CheckpointAxes _axes;
    private readonly bool _hasTime;
    private float[]? _time;

    private FeatureWeights(WeightPlan plan, CheckpointAxes axes)
    {
        _plan = plan;
        _axes = axes;
        _hasTime = plan.Names.Any(n => n.StartsWith("unet.time_embed.", StringComparison.Ordinal) || n.Contains(".time_embed_proj.", StringComparison.Ordinal));
    }

    /// <summary>The number of convolutions whose bias took up the time embedding.</summary>
    internal int TimedBlocks { get; private set; }

    /// <summary>The shape of the network that the names and shapes tell of, with all input channels.</summary>
    /// <exception cref="StateDictException">Names that tell it are missing.</exception>
    /// <exception cref="OptionException">No network of this library has that shape.</exception>
    internal static UNetOptions Options(WeightPlan plan)
    {
        int levels = plan.Parts("unet.encoder_stages.", MostLevels);
        var options = UNetOptions.Paper with
        {
            InChannels = plan.Length("unet.stem_conv.weight", 1),
            Channels = [.. Enumerable.Range(0, levels).Select(l => plan.Length($"unet.encoder_stages.{l}.res_blocks.0.norm_1.weight", 0))],
            Depths = [.. Enumerable.Range(0, levels).Select(l => plan.Parts($"unet.encoder_stages.{l}.res_blocks.", MostBlocks))],
            DescriptorChannels = plan.Length("convs.0.weight", 0),
        };
        options.Validate();
        return options;
    }

    /// <summary>Plans the parameters of a <see cref="FeaturePyramidNetwork"/>.</summary>
    internal static FeatureWeights Plan(WeightPlan plan, UNetOptions options, CheckpointAxes axes)
    {
        var weights = new FeatureWeights(plan, axes);
        weights.Add(options);
        return weights;
    }

    private void Add(UNetOptions options)
    {
        var channels = options.Channels;
        int time = _hasTime ? _plan.Length("unet.time_embed.proj.0.weight", 0) : 0;
        if (_hasTime)
        {
            _plan.Need("unet.time_embed.proj.0.weight", time, 2 * TimeFrequencies);
            _plan.Need("unet.time_embed.proj.0.bias", time);
            _plan.Need("unet.time_embed.proj.2.weight", time, time);
            _plan.Need("unet.time_embed.proj.2.bias", time);
        }

        Convolution("network.unet.stem", "unet.stem_conv", channels[0], options.InChannels, 3);
        for (int level = 0; level < options.Levels; level++)
        {
            int c = channels[level];
            Stage($"network.unet.down_stages.{level}", $"unet.encoder_stages.{level}", c, options.Depths[level], time);
            if (level + 1 == options.Levels)
                break;
            int below = channels[level + 1];
            Convolution($"network.unet.downs.{level}", $"unet.down_convs.{level}", below, c, 2);

            // Theirs concatenates the upsampled map before the skip, ours behind it.
            _plan.Take($"network.unet.merges.{level}.weight", $"unet.fuse_convs.{level}.weight", [c, below + c, 1, 1, 1], w => cat([w.narrow(1, below, c), w.narrow(1, 0, below)], 1));
            _plan.Take($"network.unet.merges.{level}.bias", $"unet.fuse_convs.{level}.bias", [c]);
            Stage($"network.unet.up_stages.{level}", $"unet.decoder_stages.{level}", c, options.Depths[level], time);
        }

        int d = options.DescriptorChannels;
        for (int level = 0; level < options.Levels; level++)
        {
            _plan.Take($"network.head.levels.{level}.weight", $"convs.{level}.weight", [d, channels[level], 1, 1, 1]);
            _plan.Need($"convs.{level}.bias", d);
        }

        _plan.Make("network.head.levels.0.bias", () => stack(Enumerable.Range(0, options.Levels).Select(l => _plan.Load($"convs.{l}.bias")), 0).sum([0]));
    }

    private void Stage(string ours, string theirs, int c, int depth, int time)
    {
        for (int i = 0; i < depth; i++)
            Block($"{ours}.blocks.{i}", $"{theirs}.res_blocks.{i}", c, time);
        for (int i = 0; i < depth - 1; i++)
        {
            string attention = $"{theirs}.attn_blocks.{i}";
            _plan.Know($"{attention}.norm.weight", c);
            _plan.Know($"{attention}.norm.bias", c);
            _plan.Know($"{attention}.qkv.weight", 3 * c, c);
            _plan.Know($"{attention}.qkv.bias", 3 * c);
            _plan.Know($"{attention}.proj.weight", c, c);
            _plan.Know($"{attention}.proj.bias", c);
            _plan.Know($"{attention}.ls.gamma", c, 1, 1, 1);
        }
    }

    private void Block(string ours, string theirs, int c, int time)
    {
        for (int half = 1; half <= 2; half++)
        {
            _plan.Take($"{ours}.norm{half}.weight", $"{theirs}.norm_{half}.weight", [c]);
            _plan.Take($"{ours}.norm{half}.bias", $"{theirs}.norm_{half}.bias", [c]);
        }

        Convolution($"{ours}.conv1", $"{theirs}.conv_1", c, c, 3, timed: time > 0 ? $"{theirs}.time_embed_proj.1" : null);
        if (time > 0)
        {
            _plan.Need($"{theirs}.time_embed_proj.1.weight", c, time);
            _plan.Need($"{theirs}.time_embed_proj.1.bias", c);
            TimedBlocks++;
        }

        Convolution($"{ours}.conv2", $"{theirs}.conv_2", c, c, 3);
        _plan.Take($"{ours}.layer_scale", $"{theirs}.ls.gamma", [c, 1, 1, 1], g => g.flatten());
    }

    private void Convolution(string ours, string theirs, int outputs, int inputs, int kernel, string? timed = null)
    {
        _plan.Take($"{ours}.weight", $"{theirs}.weight", [outputs, inputs, kernel, kernel, kernel], _axes == CheckpointAxes.SlicesLast ? w => w.permute(0, 1, 4, 2, 3) : null);
        _plan.Take($"{ours}.bias", $"{theirs}.bias", [outputs], timed is null ? null : b => b.Plus(tensor(Linear(_time ??= Time(), timed))));
    }

    // Cosines and sines of 1000 t at 128 frequencies in float32, as there, then two linear layers with SiLU between and behind.
    private float[] Time()
    {
        var x = new float[2 * TimeFrequencies];
        for (int i = 0; i < TimeFrequencies; i++)
        {
            float angle = 1000f * MathF.Exp(i * (float)-Math.Log(10_000) / TimeFrequencies);
            (x[i], x[TimeFrequencies + i]) = (MathF.Cos(angle), MathF.Sin(angle));
        }

        foreach (string layer in (string[])["unet.time_embed.proj.0", "unet.time_embed.proj.2"])
        {
            x = Linear(x, layer);
            for (int i = 0; i < x.Length; i++)
                x[i] /= 1 + MathF.Exp(-x[i]);
        }

        return x;
    }

    private float[] Linear(float[] x, string layer)
    {
        float[] weight = _plan.Numbers($"{layer}.weight"), y = _plan.Numbers($"{layer}.bias");
        for (int row = 0; row < y.Length; row++)
        {
            double sum = y[row];
            for (int i = 0; i < x.Length; i++)
                sum += (double)weight[(row * x.Length) + i] * x[i];
            y[row] = (float)sum;
        }

        return y;
    }
}
