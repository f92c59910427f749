using Screener.Ablations;
using Screener.Evaluation;
using Screener.Imaging;
using Screener.Interactive.Features;
using Screener.Interactive.Viewer;
using Screener.Reporting;
using Screener.Tests;
using Screener.Training;
using TorchSharp;

namespace Screener.Interactive.Tests.Values;

/// <summary>Nothing to show, or nothing that can be shown: the place of the value says so, and the cell does not fail.</summary>
[Collection(TorchCollection.Name)]
public sealed class EmptyValuesTests
{
    private static readonly VolumeGrid Grid = new(new(8, 9, 10), Affine.Identity), Other = new(new(8, 9, 11), Affine.Identity);

    public static TheoryData<Func<object>, string> Values => new()
    {
        { () => new VolumeView(new CtVolume(Grid, new float[720]), new LesionMask(Other, new byte[792])), "Resample it onto the CT" },
        { () => new AnomalyMap(Grid, [.. Enumerable.Repeat(float.NaN, 720)]), "no finite score" },
        { () => new LesionMask(Grid, new byte[720]), "empty" },
        { () => new TrainingHistory(), "no step recorded yet" },
        { () => new List<TrainingRecord>(), "no step recorded yet" },
        { () => new List<CohortEvaluationResult>(), "no cohort" },
        { () => new List<AblationResult>(), "no result yet" },
        { () => AblationSummary.Of(EvaluationSamples.Grid, [], TestContext.Current.CancellationToken), "no result yet" },
        { () => new List<AblationComparison>(), "nothing to compare" },
        { () => new PatchGallery([]), "no patch" },
        { () => new FeatureView([]), "no feature map" },
        { () => new LinePlot("Loss", "step", "loss", []), "no point to draw" },
        { () => new LinePlot("Loss", "step", "loss", [new LineSeries("a", [1], [double.NaN])]), "no point to draw" },
        { () => torch.zeros(0, 3), "[0, 3]" },
        { Disposed, "disposed of" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void ItSaysSo(Func<object> create, string text)
    {
        object value = create();
        var formatter = NotebookFormatters.All.First(f => f.Type.IsInstanceOfType(value));
        Assert.Contains(text, formatter.Html(value), StringComparison.Ordinal);
        Assert.NotEmpty(formatter.PlainText(value).Trim());
        _ = FormatterOutputTests.Parse(formatter.Html(value));
        (value as IDisposable)?.Dispose();
    }

    private static object Disposed()
    {
        var tensor = torch.zeros(2);
        tensor.Dispose();
        return tensor;
    }
}
