using System.Text;
using System.Text.RegularExpressions;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Screener.Distillation;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Resampling;
using Screener.Inference;
using Screener.Models;
using Screener.Phantoms;
using Screener.Randomness;
using Screener.SyntheticLesions;
using Screener.Tests.SyntheticLesions;
using Screener.Tests.Training;
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
        float[] scores = [.. results.Single(r => r.Name == "scores").AsTensor<float>()];

        using var scope = torch.NewDisposeScope();
        using var guard = torch.no_grad();
        var preprocessing = network.Options.Preprocessing;
        float[] intensities = Array.ConvertAll(
            hu, v => Math.Clamp((v - preprocessing.MinHu) / (preprocessing.MaxHu - preprocessing.MinHu), 0, 1));
        float[] expected = network.forward(torch.tensor(intensities, [2, 1, size.Depth, size.Height, size.Width])).data<float>().ToArray();
        double scale = expected.Max() - expected.Min();
        Assert.True(scale > 0.1, $"{scale}");
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], scores[i], 1e-4 * Math.Max(1, scale));
    }

    /// <summary>The shipped network on a window of a phantom: what the file says is what we say, in both units.</summary>
    [Fact]
    public void OnnxRuntimeGivesTheMapOfTheShippedModel()
    {
        using var model = ScreenerModel.Load(
            Path.Combine(RepositoryFolder.Find(), "src", "Screener.Cli", "Models", "quick.screener"), TinyTraining.Compute);
        var distilled = model.Distilled!;
        OnnxExport.Write(_folder["x.onnx"], distilled);
        var size = distilled.Network.Options.CropShape;
        var ct = WindowOfAPhantom(distilled.Network.Options);
        using var session = new InferenceSession(_folder["x.onnx"]);
        using var results = session.Run(
            [NamedOnnxValue.CreateFromTensor("hu", new DenseTensor<float>(ct.Voxels, [1, 1, size.Depth, size.Height, size.Width]))]);

        // All of it is body, so that no voxel of the window is left out.
        byte[] all = new byte[ct.Voxels.Length];
        Array.Fill(all, (byte)1);
        var scan = new PatientScan(ct, new BodyMask(ct.Grid, all), TinyTraining.Compute);
        AssertNear(new LesionMethod([distilled.Network]).Map(scan).Voxels, "scores", 1);
        AssertNear(new DistilledMethod(distilled, 0).Map(scan).Voxels, "tails", 1);

        void AssertNear(float[] expected, string output, float leastRange)
        {
            Assert.True(expected.Max() - expected.Min() > leastRange, $"{output}: {expected.Min()} to {expected.Max()}");
            float[] actual = [.. results.Single(r => r.Name == output).AsTensor<float>()];
            double largest = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
            Assert.True(largest <= 1e-4, $"{output}: {largest}");
        }
    }

    /// <summary>Below, on and above the table, and where knots are neighbours in float.</summary>
    [Fact]
    public void TheTableOfTheFileIsTheTableOfTails()
    {
        var random = new RandomStream(9);
        float[] sample =
            [.. Enumerable.Range(0, 4000).Select(i => i % 4 == 0 ? 0.5f : (float)random.NextGaussian())];
        var table = TailTable.Of(sample);
        var (score, run, tail) = table.Pieces();
        float[] asked = [.. table.Scores, .. sample, -9, 9, .. table.Scores.ToArray().Select(s => MathF.BitIncrement(s))];
        foreach (float x in asked)
        {
            int piece = table.Scores.ToArray().Count(knot => x >= knot);
            Assert.Equal(table.At(x), tail[piece] + ((x - score[piece]) / run[piece] * (TailTable.Deepest / (TailTable.Knots - 1))), 1e-5);
        }
    }

    [Fact]
    public void TheOperatorsAreThoseThatAreNamed()
    {
        using var network = new LesionNetwork(OptionsOf("full resolution"), new RandomStream(3));
        string file = Encoding.Latin1.GetString(Write(network));

        // An operator's type is member 4 of a node.
        var used = Regex.Matches(file, "\x22([\x03-\x30])([A-Z][A-Za-z]+)")
            .Where(m => m.Groups[2].Length >= m.Groups[1].Value[0]).Select(m => m.Groups[2].Value[..m.Groups[1].Value[0]])
            .Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(OnnxExport.Operators, string.Join(", ", used));
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

    // The middle of one, on the grid of the network and of its size.
    private static CtVolume WindowOfAPhantom(LesionNetworkOptions options)
    {
        var phantom = PhantomGenerator.Generate(3, Pathology.LungNodules, PhantomOptions.Default).Volume;
        var (grid, size) = (GridResampler.WithSpacing(phantom.Grid, options.Preprocessing.TargetSpacing), options.CropShape);
        var window = grid.Box(
            (grid.Shape.Depth - size.Depth) / 2, (grid.Shape.Height - size.Height) / 2, (grid.Shape.Width - size.Width) / 2, size);
        return new CtVolume(window, GridResampler.Linear(phantom.Voxels, phantom.Grid, window, -1000, 1, default));
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
