using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>
/// A network that gives every position of a crop a vector: descriptor, condition, embedding or, of one number, lesions. They differ in
/// what they are shown of the crop, and in what is made of a vector.
/// </summary>
/// <remarks>Every forward method returns a float32 tensor that the caller owns.</remarks>
public abstract class DenseNetwork : nn.Module<Tensor, Tensor>
{
    private protected DenseNetwork(string name, UNetOptions options, FeaturePyramidNetwork pyramid)
        : base(name) => (Options, Pyramid) = (options, pyramid);

    /// <summary>What command lines and files call it: "descriptor", "condition", "ape" or "lesions".</summary>
    public abstract string Stage { get; }

    /// <summary>The shape of the network, without a mask's channel.</summary>
    public UNetOptions Options { get; }

    /// <inheritdoc cref="FeaturePyramidNetwork.Precision"/>
    public ComputePrecision Precision
    {
        get => Pyramid.Precision;
        set => Pyramid.Precision = value;
    }

    private protected FeaturePyramidNetwork Pyramid { get; }

    /// <summary>The map with everything visible: [N, C, D, H, W] to [N, d, D, H, W].</summary>
    public sealed override Tensor forward(Tensor images) => Forward(images, null);

    /// <summary>The map at the input's resolution.</summary>
    /// <param name="images">[N, C, D, H, W], intensities in [0, 1].</param>
    /// <param name="mask">[N, 1, D, H, W], 1 = visible, 0 = hidden; null = all visible.</param>
    /// <returns>[N, d, D, H, W].</returns>
    public Tensor Forward(Tensor images, Tensor? mask) => Of(images, mask, Pyramid.forward);

    /// <summary>The map on the finest level's grid; parameters as in <see cref="Forward"/>.</summary>
    public Tensor ForwardFinest(Tensor images, Tensor? mask = null) => Of(images, mask, Pyramid.ForwardFinest);

    /// <summary>Vectors at given positions, [N * P, d]; see <see cref="FeaturePyramidNetwork.ForwardAt"/>.</summary>
    public Tensor ForwardAt(Tensor images, Tensor? mask, Tensor positions) => Of(images, mask, x => Pyramid.ForwardAt(x, positions));

    /// <summary>The average-pooled map; see <see cref="FeaturePyramidNetwork.ForwardPooled"/>.</summary>
    public Tensor ForwardPooled(Tensor images, Tensor? mask, long[] kernel) => Of(images, mask, x => Pyramid.ForwardPooled(x, kernel));

    /// <summary>The same with everything visible.</summary>
    public Tensor ForwardAt(Tensor images, Tensor positions) => ForwardAt(images, null, positions);

    /// <inheritdoc cref="ForwardAt(Tensor, Tensor)"/>
    public Tensor ForwardPooled(Tensor images, long[] kernel) => ForwardPooled(images, null, kernel);

    /// <summary>Moves it to a device, sets its precision, and puts it into evaluation mode.</summary>
    internal void MoveTo(Device device, ComputePrecision precision)
    {
        this.to(device);
        Precision = precision;
        eval();
    }

    /// <summary>Takes over the weights of a network of the same shape.</summary>
    /// <param name="other">The network.</param>
    /// <param name="withHead">False leaves the last layer as it is; it may then have another shape.</param>
    internal void CopyFrom(DenseNetwork other, bool withHead = true)
    {
        using var guard = no_grad();
        var values = other.state_dict();
        foreach (var (name, value) in state_dict())
        {
            if (withHead || !name.StartsWith("network.head.", StringComparison.Ordinal))
                value.copy_(values[name]);
        }
    }

    /// <summary>What the pyramid is shown; the caller owns it.</summary>
    private protected abstract Tensor Shown(Tensor images, Tensor? mask);

    /// <summary>The network's vectors from the pyramid's, which it takes over.</summary>
    private protected virtual Tensor Vectors(Tensor map) => map;

    private Tensor Of(Tensor images, Tensor? mask, Func<Tensor, Tensor> run)
    {
        ArgumentNullException.ThrowIfNull(images);
        using Tensor shown = Shown(images, mask);
        return Vectors(run(shown));
    }
}
