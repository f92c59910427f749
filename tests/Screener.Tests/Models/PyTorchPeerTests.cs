using System.Globalization;
using System.Text;
using Screener.Models;
using Screener.Randomness;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Models;

/// <summary>
/// The same weights in Debian's PyTorch, the network written there as the paper's code describes it: concatenation, layer scale and
/// full-resolution maps included.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class PyTorchPeerTests
{
    private const string Network =
        """
        import sys, numpy as np, torch, torch.nn.functional as F
        folder, channels, depths, stride = sys.argv[1], eval(sys.argv[2]), eval(sys.argv[3]), int(sys.argv[4])
        p, flat, at = {}, np.fromfile(folder + '/weights', '<f4'), 0
        for line in open(folder + '/names'):
            name, *shape = line.split()
            shape = [int(s) for s in shape]
            n = int(np.prod(shape))
            p[name] = torch.from_numpy(flat[at:at + n].reshape(shape).copy()).requires_grad_()
            at += n
        assert at == flat.size
        x = torch.from_numpy(np.fromfile(folder + '/image', '<f4').reshape([int(s) for s in sys.argv[5].split()]))

        def act(x, name):
            return F.silu(F.group_norm(x, min(x.shape[1] // 4, 32), p[name + '.weight'], p[name + '.bias'], 1e-5))

        def stage(x, name, depth):
            for i in range(depth):
                b = f'{name}.blocks.{i}'
                y = F.conv3d(act(x, b + '.norm1'), p[b + '.conv1.weight'], p[b + '.conv1.bias'], padding=1)
                y = F.conv3d(act(y, b + '.norm2'), p[b + '.conv2.weight'], p[b + '.conv2.bias'], padding=1)
                x = x + y * p[b + '.layer_scale'].view(1, -1, 1, 1, 1)
            return x

        def fit(x, like):
            d, h, w = like.shape[2:]
            x = x[:, :, :d, :h, :w]
            return F.pad(x, (0, w - x.shape[4], 0, h - x.shape[3], 0, d - x.shape[2]), mode='replicate')

        image, u, levels = x, 'unet.', len(channels)
        x = F.conv3d(x, p[u + 'stem.weight'], p[u + 'stem.bias'], stride=stride, padding=p[u + 'stem.weight'].shape[-1] // 2)
        maps = []
        for l in range(levels):
            if l > 0:
                x = F.conv3d(x, p[f'{u}downs.{l - 1}.weight'], p[f'{u}downs.{l - 1}.bias'], stride=2)
            x = stage(x, f'{u}down_stages.{l}', depths[l])
            maps.append(x)
        for l in reversed(range(levels - 1)):
            up = fit(F.interpolate(maps[l + 1], scale_factor=2, mode='nearest'), maps[l])
            x = F.conv3d(torch.cat([maps[l], up], 1), p[f'{u}merges.{l}.weight'], p[f'{u}merges.{l}.bias'])
            maps[l] = stage(x, f'{u}up_stages.{l}', depths[l])
        y = F.conv3d(maps[-1], p[f'head.levels.{levels - 1}.weight'])
        for l in reversed(range(levels - 1)):
            up = fit(F.interpolate(y, scale_factor=2, mode='trilinear', align_corners=False), maps[l])
            y = up + F.conv3d(maps[l], p[f'head.levels.{l}.weight'], p['head.levels.0.bias'] if l == 0 else None)
        if stride > 1:
            y = fit(F.interpolate(y, scale_factor=stride, mode='trilinear', align_corners=False), image)
        y.detach().numpy().tofile(folder + '/map')
        weight = torch.cos(torch.arange(y.numel(), dtype=torch.float64)).float().reshape(y.shape)
        (y * weight).mean().backward()
        np.concatenate([v.grad.numpy().ravel() for v in p.values()]).tofile(folder + '/gradients')
        """;

    [Theory]
    [InlineData(1, 8, 8, 8)]
    [InlineData(1, 11, 14, 9)]
    [InlineData(2, 19, 16, 25)]
    [InlineData(4, 21, 16, 27)]
    public void MapAndGradientsAgree(int stride, int d, int h, int w)
    {
        PythonOracle.Require("torch", "numpy");
        var options = SmallNetworks.Options(stride, inChannels: 2);
        using var network = new FeaturePyramidNetwork(options, new RandomStream(1)).Shaken();
        using var image = SmallNetworks.Random(2, 2, 2, d, h, w);
        using var map = network.forward(image);
        using var weight = arange(map.numel(), dtype: ScalarType.Float64).cos().to_type(ScalarType.Float32).view(map.shape);
        using var loss = (map * weight).mean();
        loss.backward();

        using var folder = new TemporaryFolder();
        var names = new StringBuilder();
        var weights = new List<float>();
        foreach (var (name, parameter) in network.named_parameters())
        {
            names.Append(CultureInfo.InvariantCulture, $"{name} {string.Join(' ', parameter.shape)}\n");
            weights.AddRange(parameter.detach().data<float>().ToArray());
        }

        File.WriteAllText(folder["names"], names.ToString());
        RawFloats.Write(folder["weights"], weights.ToArray());
        RawFloats.Write(folder["image"], image.data<float>().ToArray());
        PythonOracle.Run(
            ["torch"], Network, folder.FullName, $"[{string.Join(",", options.Channels)}]", $"[{string.Join(",", options.Depths)}]",
            $"{stride}", $"2 2 {d} {h} {w}");

        Same(RawFloats.Read(folder["map"]), map.detach().data<float>().ToArray(), 1e-4);
        var gradients = network.parameters().SelectMany(p => p.grad!.contiguous().data<float>().ToArray()).ToArray();
        double largest = gradients.Max(Math.Abs);
        Same(RawFloats.Read(folder["gradients"]), gradients, 1e-4 * largest);

        static void Same(float[] expected, float[] actual, double tolerance)
        {
            Assert.Equal(expected.Length, actual.Length);
            for (int i = 0; i < expected.Length; i++)
                Assert.Equal(expected[i], actual[i], tolerance);
        }
    }
}
