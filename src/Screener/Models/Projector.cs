using Screener.Errors;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>The projector's width.</summary>
public sealed record ProjectorOptions
{
    /// <summary>32 -> 8192 -> 8192 -> 8192 (arXiv 2502.08321, section 4).</summary>
    public static ProjectorOptions Paper { get; } = new();

    /// <summary>A projector for a laptop's CPU: 512 wide.</summary>
    public static ProjectorOptions Quick { get; } = new() { Width = 512 };

    /// <summary>h, the length of hidden and output vectors; a multiple of 32.</summary>
    public int Width { get; init; } = 8192;

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionException">A field is out of range; it is named.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside(nameof(Width), Width, 32, 65536);
        if (Width % Projector.Groups != 0)
            throw new OptionException(nameof(Width), $"{Width}", $"a multiple of {Projector.Groups}");
    }
}

/// <summary>
/// The head that self-supervised losses see and that is thrown away after training: d -> h -> h -> h with GroupNorm(32) and SiLU
/// between, the last layer without bias.
/// </summary>
public sealed class Projector : nn.Module<Tensor, Tensor>
{
    internal const int Groups = 32;
    private readonly LinearLayer layer1;
    private readonly GroupNormalization norm1;
    private readonly LinearLayer layer2;
    private readonly GroupNormalization norm2;
    private readonly LinearLayer layer3;

    /// <summary>Makes a projector with fresh weights.</summary>
    /// <param name="descriptorChannels">d, the length of a descriptor.</param>
    /// <param name="options">Its width.</param>
    /// <param name="random">Where the weights come from.</param>
    /// <exception cref="OptionException">An option is out of range.</exception>
    public Projector(int descriptorChannels, ProjectorOptions options, RandomStream random)
        : base(nameof(Projector))
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        OptionException.ThrowIfOutside(nameof(descriptorChannels), descriptorChannels, 1, 8192);
        options.Validate();
        Options = options;
        layer1 = new LinearLayer(descriptorChannels, options.Width, random);
        norm1 = new GroupNormalization(options.Width, Groups);
        layer2 = new LinearLayer(options.Width, options.Width, random);
        norm2 = new GroupNormalization(options.Width, Groups);
        layer3 = new LinearLayer(options.Width, options.Width, random, withBias: false);
        RegisterComponents();
    }

    /// <summary>The projector's width.</summary>
    public ProjectorOptions Options { get; }

    /// <summary>The type of activations; the output is float32 in any case.</summary>
    public ComputePrecision Precision { get; set; }

    /// <summary>[N, d] to [N, h], float32; the caller owns it.</summary>
    public override Tensor forward(Tensor descriptors)
    {
        ArgumentNullException.ThrowIfNull(descriptors);
        using var scope = NewDisposeScope();
        Tensor x = descriptors.to_type(Precision == ComputePrecision.BFloat16 ? ScalarType.BFloat16 : layer1.Type);
        x = norm1.ForwardActivated(layer1.Forward(x));
        x = norm2.ForwardActivated(layer2.Forward(x));
        return layer3.Forward(x).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }
}

/// <summary>A linear layer on rows whose weights follow the type of its input.</summary>
internal sealed class LinearLayer : nn.Module
{
    private readonly Parameter weight;
    private readonly Parameter? bias;

    internal LinearLayer(int inputs, int outputs, RandomStream random, bool withBias = true, bool zero = false)
        : base(nameof(LinearLayer))
    {
        weight = zero ? WeightStart.Constant(0, outputs, inputs) : WeightStart.FanIn(random, inputs, outputs, inputs);
        bias = !withBias ? null : zero ? WeightStart.Constant(0, outputs) : WeightStart.FanIn(random, inputs, outputs);
        RegisterComponents();
    }

    internal ScalarType Type => weight.dtype;

    internal Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return nn.functional.linear(x, weight.to_type(x.dtype), bias?.to_type(x.dtype)).MoveToOuterDisposeScope();
    }
}
