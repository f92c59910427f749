using Screener.Errors;
using Screener.Inference;
using Screener.Models;
using Screener.Storage;
using Screener.SyntheticLesions;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Distillation;

/// <summary>A distilled network as a file for other people's tools: ONNX, opset 17, float32.</summary>
/// <remarks>
/// Input "hu", [N, 1, D, H, W]: windows of the training's size, HU, canonical orientation, the spacing of the description. Outputs of the
/// same shape: "scores", what the network says, without a unit; "tails", -log10 of how rare such scores are in the patients that it learnt
/// from. Where windows overlap, <see cref="DistilledMethod"/> takes the mean of the scores first, weighted by
/// <see cref="WindowWeights.Linear"/>, and their tails afterwards.
/// </remarks>
public static class OnnxExport
{
    /// <summary>The operators of a file.</summary>
    public const string Operators =
        "Add, Clip, Concat, Conv, Div, Gather, GreaterOrEqual, Identity, InstanceNormalization, MatMul, Mul, Reshape, Resize, Sigmoid, "
        + "Sub, Where";

    /// <summary>Writes the file.</summary>
    /// <exception cref="OptionException">Windows of the network are no multiples of what it halves.</exception>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(string path, Distilled distilled)
    {
        ArgumentNullException.ThrowIfNull(distilled);
        using var scope = NewDisposeScope();
        byte[] bytes = new Export(distilled).ToBytes();
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    private sealed class Export
    {
        private readonly OnnxGraph _graph = new();
        private readonly LesionNetworkOptions _options;
        private readonly TailTable _tails;
        private readonly Dictionary<string, Tensor> _weights;

        internal Export(Distilled distilled)
        {
            (_options, _tails) = (distilled.Network.Options, distilled.Tails);
            _weights = distilled.Network.state_dict().ToDictionary(
                w => w.Key, w => w.Value.detach().cpu().to_type(ScalarType.Float32).contiguous());
            foreach (int size in new[] { _options.CropShape.Depth, _options.CropShape.Height, _options.CropShape.Width })
            {
                if (size % _options.Network.MinimumInput != 0)
                    throw new OptionException(
                        nameof(_options.CropShape), $"{_options.CropShape}", $"multiples of {_options.Network.MinimumInput}",
                        "Train the lesion network with such crops.");
            }
        }

        internal byte[] ToBytes()
        {
            var (crop, net, spacing) = (_options.CropShape, _options.Network, _options.Preprocessing.TargetSpacing);
            long[] size = [crop.Depth, crop.Height, crop.Width];
            string hu = _graph.Input("hu", [-1, 1, .. size]);
            string seen = _graph.Apply("Clip", [hu, Number(_options.Preprocessing.MinHu), Number(_options.Preprocessing.MaxHu)]);
            string x = _graph.Apply("Concat", [Window(seen, _options.WideWindow), Window(seen, _options.SoftWindow)], ("axis", 1));
            int reach = net.StemStride > 2 ? 2 : 1;
            x = Convolution(x, "network.unet.stem", net.StemStride, reach);
            size = [.. size.Select(s => s / net.StemStride)];

            // Down: one map a level, and its size.
            var (maps, sizes) = (new string[net.Levels], new long[net.Levels][]);
            for (int level = 0; level < net.Levels; level++)
            {
                if (level > 0)
                {
                    x = Convolution(maps[level - 1], $"network.unet.downs.{level - 1}", 2, 0);
                    size = [.. size.Select(s => s / 2)];
                }

                (maps[level], sizes[level]) = (Stage(x, "network.unet.down_stages", level, size), size);
            }

            for (int level = net.Levels - 2; level >= 0; level--)
                maps[level] = Stage(Merge(maps[level], maps[level + 1], level), "network.unet.up_stages", level, sizes[level]);
            string sum = Pointwise(maps[^1], Weights($"network.head.levels.{net.Levels - 1}.weight"), null);
            for (int level = net.Levels - 2; level >= 0; level--)
            {
                Tensor? bias = level == 0 ? Weights("network.head.levels.0.bias") : null;
                sum = _graph.Apply(
                    "Add",
                    [Upsampled(sum, sizes[level + 1], 2), Pointwise(maps[level], Weights($"network.head.levels.{level}.weight"), bias)]);
            }

            if (net.StemStride > 1)
                sum = Upsampled(sum, sizes[0], net.StemStride);
            _graph.Output(sum, "scores", [-1, 1, crop.Depth, crop.Height, crop.Width]);
            _graph.Output(Tails(sum), "tails", [-1, 1, crop.Depth, crop.Height, crop.Width]);
            string voxel = FormattableString.Invariant($"{spacing.Depth} x {spacing.Height} x {spacing.Width} mm");
            return _graph.ToBytes(
                $"hu: [N, 1, depth, height, width], feet to head, back to front, left to right, {voxel}. scores: what the network says. "
                + "tails: -log10 of how rare such scores are. Where windows overlap: the mean of the scores, "
                + "weighted by lines from 1 at a window's centre to 0 at its border, multiplied over the axes (at least .001); "
                + "then its tail. "
                + "A research tool, not a medical device.");
        }

        // The table of tails: the piece of a score by halving, then its straight line.
        private string Tails(string scores)
        {
            var (from, run, tail) = _tails.Pieces();
            float[] knots = [.. _tails.Scores, .. Enumerable.Repeat(float.MaxValue, 1023 - TailTable.Knots)];
            string table = Table(knots), piece = _graph.Constant(0L);
            for (long step = 512; step > 0; step /= 2)
            {
                string knot = _graph.Apply("Gather", [table, _graph.Apply("Add", [piece, _graph.Constant(step - 1)])]);
                string isAbove = _graph.Apply("GreaterOrEqual", [scores, knot]);
                piece = _graph.Apply("Where", [isAbove, _graph.Apply("Add", [piece, _graph.Constant(step)]), piece]);
            }

            string beyond = _graph.Apply("Sub", [scores, _graph.Apply("Gather", [Table(from), piece])]);
            string knotsBeyond = _graph.Apply("Div", [beyond, _graph.Apply("Gather", [Table(run), piece])]);
            string more = _graph.Apply("Mul", [knotsBeyond, Number(TailTable.Deepest / (TailTable.Knots - 1))]);
            return _graph.Apply("Add", [_graph.Apply("Gather", [Table(tail), piece]), more]);

            string Table(float[] values) => _graph.Constant(values, [values.Length]);
        }

        private Tensor Weights(string name) => _weights[name];

        private string Constant(Tensor values) => _graph.Constant(values.contiguous().data<float>().ToArray(), values.shape);

        private string Number(double value) => _graph.Constant([(float)value], []);

        // HU of a window from 0 to 1.
        private string Window(string hu, HuWindow window)
        {
            string shifted = _graph.Apply("Add", [hu, Number(-window.Low)]);
            string scaled = _graph.Apply("Mul", [shifted, Number(1.0 / (window.High - window.Low))]);
            return _graph.Apply("Clip", [scaled, Number(0), Number(1)]);
        }

        private string Convolution(string x, string name, long stride, long padding, Tensor? scale = null)
        {
            Tensor weight = Weights(name + ".weight"), bias = Weights(name + ".bias");
            if (scale is not null)
                (weight, bias) = (weight * scale.view(-1, 1, 1, 1, 1), bias * scale);
            return _graph.Apply(
                "Conv", [x, Constant(weight), Constant(bias)], ("kernel_shape", weight.shape[2..]),
                ("strides", new[] { stride, stride, stride }),
                ("pads", Enumerable.Repeat(padding, 6).ToArray()));
        }

        private string Pointwise(string x, Tensor weight, Tensor? bias) => _graph.Apply(
            "Conv", bias is null ? [x, Constant(weight)] : [x, Constant(weight), Constant(bias)], ("kernel_shape", new long[] { 1, 1, 1 }));

        private string Stage(string x, string name, int level, long[] size)
        {
            for (int block = 0; block < _options.Network.Depths[level]; block++)
            {
                string of = $"{name}.{level}.blocks.{block}";
                string y = Convolution(Activated(x, $"{of}.norm1", level, size), $"{of}.conv1", 1, 1);
                y = Convolution(Activated(y, $"{of}.norm2", level, size), $"{of}.conv2", 1, 1, Weights($"{of}.layer_scale"));
                x = _graph.Apply("Add", [x, y]);
            }

            return x;
        }

        // Group norm as the norm of groups taken for channels, then SiLU.
        private string Activated(string x, string name, int level, long[] size)
        {
            int channels = _options.Network.Channels[level], groups = GroupNormalization.GroupsFor(channels);
            string flat = _graph.Apply("Reshape", [x, _graph.Constant(0, groups, -1)]);
            string normal = _graph.Apply(
                "InstanceNormalization",
                [flat, _graph.Constant(Enumerable.Repeat(1f, groups).ToArray(), [groups]), _graph.Constant(new float[groups], [groups])],
                ("epsilon", GroupNormalization.Epsilon));
            string map = _graph.Apply("Reshape", [normal, _graph.Constant([-1, channels, .. size])]);
            map = _graph.Apply("Mul", [map, Constant(Weights(name + ".weight").view(1, -1, 1, 1, 1))]);
            map = _graph.Apply("Add", [map, Constant(Weights(name + ".bias").view(1, -1, 1, 1, 1))]);
            return _graph.Apply("Mul", [map, _graph.Apply("Sigmoid", [map])]);
        }

        private string Merge(string skip, string low, int level)
        {
            int own = _options.Network.Channels[level], below = _options.Network.Channels[level + 1];
            string name = $"network.unet.merges.{level}";
            Tensor weight = Weights(name + ".weight");
            string few = Pointwise(low, weight.narrow(1, own, below), Weights(name + ".bias"));
            string up = _graph.Apply(
                "Resize", [few, "", _graph.Constant([1, 1, 2, 2, 2], [5])], ("mode", "nearest"),
                ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor"));
            return _graph.Apply("Add", [up, Pointwise(skip, weight.narrow(1, 0, own), null)]);
        }

        // Trilinear, a matrix for each axis: one channel.
        private string Upsampled(string x, long[] size, int factor)
        {
            long d = size[0] * factor, h = size[1] * factor, w = size[2] * factor;
            x = _graph.Apply("MatMul", [x, Constant(Matrix(size[2], w).t())]);
            x = _graph.Apply("MatMul", [Constant(Matrix(size[1], h)), x]);
            x = _graph.Apply("Reshape", [x, _graph.Constant(-1, 1, size[0], h * w)]);
            x = _graph.Apply("MatMul", [Constant(Matrix(size[0], d)), x]);
            return _graph.Apply("Reshape", [x, _graph.Constant(-1, 1, d, h, w)]);

            Tensor Matrix(long inputs, long outputs) => tensor(MapFitting.UpsamplingMatrix(inputs, outputs, factor));
        }
    }
}
