using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Screener.Distillation;
using Screener.Errors;
using Screener.Inference;
using Screener.Models;
using Screener.Randomness;
using Screener.SyntheticLesions;
using Screener.Tests.SyntheticLesions;
using TorchSharp;

namespace Screener.Tests.Distillation;

[Collection(TorchCollection.Name)]
public sealed class OnnxExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Shapes => ["tiny", "quick", "full resolution"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void OnnxRuntimeComputesTheSame(string shape)
    {
        using var network = new LesionNetwork(OptionsOf(shape), new RandomStream(3));
        Disturb(network);
        network.eval();
        Write(network);
        var size = network.Options.CropShape;
        var random = new RandomStream(5);
        float[] hu = [.. Enumerable.Range(0, 2 * size.CheckedLength()).Select(_ => (float)random.Uniform(-1200, 900))];
        using var session = new InferenceSession(_folder["x.onnx"]);
        using var results = session.Run(
            [NamedOnnxValue.CreateFromTensor("hu", new DenseTensor<float>(hu, [2, 1, size.Depth, size.Height, size.Width]))]);
        float[] tails = [.. Assert.Single(results).AsTensor<float>()];

        using var scope = torch.NewDisposeScope();
        using var guard = torch.no_grad();
        var preprocessing = network.Options.Preprocessing;
        float[] intensities = Array.ConvertAll(
            hu, v => Math.Clamp((v - preprocessing.MinHu) / (preprocessing.MaxHu - preprocessing.MinHu), 0, 1));
        float[] expected = network.forward(torch.tensor(intensities, [2, 1, size.Depth, size.Height, size.Width])).data<float>().ToArray();
        double scale = expected.Max() - expected.Min();
        Assert.True(scale > 0.1, $"{scale}");
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], tails[i], 1e-4 * Math.Max(1, scale));
    }

    [Fact]
    public void EqualNetworksGiveEqualBytes()
    {
        using var network = new LesionNetwork(OptionsOf("tiny"), new RandomStream(3));
        byte[] first = Write(network);
        Assert.Equal(first, Write(network));
    }

    [Fact]
    public void WindowsThatAreNotHalvedEvenlyAreRefused()
    {
        using var network = new LesionNetwork(OptionsOf("tiny") with { CropShape = new(16, 16, 18) }, new RandomStream(3));
        Assert.Contains("multiples of", Assert.Throws<OptionException>(() => Write(network)).Message);
    }

    private static LesionNetworkOptions OptionsOf(string shape) => shape switch
    {
        "tiny" => TinyLesions.Options,
        "quick" => LesionNetworkOptions.Quick with { CropShape = new(32, 48, 16) },
        _ => TinyLesions.Options with
        {
            Network = UNetOptions.Paper with { Channels = [8, 16, 32], Depths = [1, 2, 1], LayerScaleStart = 1 },
            CropShape = new(12, 8, 16),
        },
    };

    // Norms that are not those of the start.
    private static void Disturb(LesionNetwork network)
    {
        using var guard = torch.no_grad();
        using var generator = new torch.Generator(7);
        foreach (var parameter in network.parameters().Where(p => p.dim() == 1))
            parameter.add_(torch.rand(parameter.shape, generator: generator) * 0.3);
    }

    private byte[] Write(LesionNetwork network)
    {
        float[] sample = [.. Enumerable.Range(0, 1000).Select(i => (float)i)];
        OnnxExport.Write(_folder["x.onnx"], new Distilled(network, TailTable.Of(sample), 0.25));
        return File.ReadAllBytes(_folder["x.onnx"]);
    }
}
