using Screener.Imaging;

namespace Screener.Inference;

/// <summary>One density of a model: minus log-likelihood, nats. Heads that are made together share the passes through the networks.</summary>
internal sealed class HeadMethod : AnomalyMethod
{
    private readonly ScreenerModel _model;
    private readonly IReadOnlyList<int> _together;
    private readonly int _position;
    private readonly SlidingWindowOptions _windows;

    private HeadMethod(ScreenerModel model, IReadOnlyList<int> together, int position, SlidingWindowOptions windows) =>
        (_model, _together, _position, _windows) = (model, together, position, windows);

    public override string Name => _model.Heads[Head].Name;

    internal int Head => _together[_position];

    internal static IReadOnlyList<HeadMethod> Of(ScreenerModel model, IReadOnlyList<int> heads, SlidingWindowOptions windows) =>
        [.. Enumerable.Range(0, heads.Count).Select(i => new HeadMethod(model, heads, i, windows))];

    public override AnomalyMap Map(PatientScan scan, IProgress<double>? progress = null, CancellationToken cancellation = default) => scan
        .Shared(_together, () => Screening.Screen(_model, scan, _together, _windows, progress, cancellation))
        .Map(_position, cancellation);
}
