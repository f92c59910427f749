using System.Diagnostics;
using Screener.Imaging;
using Screener.Inference;
using Screener.Randomness;
using Screener.Runtime;

namespace Screener.Evaluation;

/// <summary>A case with what maps of it are compared with.</summary>
/// <param name="Id">The case.</param>
/// <param name="Scan">What methods are given.</param>
/// <param name="Lesions">The lesions on the CT's grid.</param>
/// <param name="Organ">The part of the affected organ that lies in the body; null if it is not known.</param>
/// <param name="Labels">What is where, for pictures; null if it is not known.</param>
internal sealed record EvaluationCase(string Id, PatientScan Scan, LesionMask Lesions, BodyMask? Organ, LabelVolume? Labels = null);

/// <summary>A method with what is counted of its maps.</summary>
/// <param name="method">The method.</param>
/// <param name="options">The metrics.</param>
/// <param name="withOrgans">Whether voxels are counted within organs, too.</param>
/// <param name="withFindings">Whether lesions that are found are counted, too.</param>
/// <param name="random">Draws samples and replicates: the same for each method of a cohort.</param>
internal sealed class EvaluatedMethod(
    AnomalyMethod method, EvaluationOptions options, bool withOrgans, bool withFindings, RandomStream random)
{
    private readonly List<FrocCase>? _findings = withFindings ? [] : null;

    internal AnomalyMethod Method { get; } = method;

    /// <summary>Counted over the body.</summary>
    internal PooledEvaluation Body { get; } = new(options, random);

    /// <summary>Counted within the affected organ.</summary>
    internal PooledEvaluation? Organ { get; } = withOrgans ? new(options, random) : null;

    /// <summary>Lesions that were found, of each case; empty where they are not counted.</summary>
    internal IReadOnlyList<FrocCase> Findings => _findings ?? [];

    /// <summary>How long its maps took.</summary>
    internal Stopwatch Mapping { get; } = new();

    // The three counts know nothing of each other.
    internal void Add(EvaluationCase scored, AnomalyMap map) => ThreadCounts.Run(
        options.ThreadCount,
        parallel => Parallel.Invoke(
            parallel,
            () => Body.Add(scored.Id, map, scored.Lesions, scored.Scan.Body),
            () =>
            {
                if (scored.Organ is not null)
                    Organ?.Add(scored.Id, map, scored.Lesions, scored.Organ);
            },
            () => _findings?.Add(FrocCase.Of(scored.Id, map, scored.Lesions, scored.Scan.Body, new FindingOptions()))),
        CancellationToken.None);
}

/// <summary>
/// The one way in which methods are compared (paper, section "Evaluation"): each maps every case on the CT's own grid, and every map is
/// counted over the body and, where it is known, within the affected organ.
/// </summary>
internal static class EvaluationLoop
{
    /// <summary>Runs all cases.</summary>
    /// <param name="cases">The cases; one is in memory at a time.</param>
    /// <param name="methods">The methods.</param>
    /// <param name="seen">Handed every map after it was counted.</param>
    /// <param name="progress">Told the case's place, its name and how much of it is done.</param>
    /// <param name="cancellation">Stops between maps.</param>
    /// <param name="kept">Maps that were made before, of a case and a method's place; null where they are made.</param>
    /// <returns>How long the counting took.</returns>
    internal static TimeSpan Run(
        IEnumerable<EvaluationCase> cases, IReadOnlyList<EvaluatedMethod> methods,
        Action<EvaluationCase, EvaluatedMethod, AnomalyMap>? seen, Action<int, string, double>? progress, CancellationToken cancellation,
        Func<EvaluationCase, int, AnomalyMap>? kept = null)
    {
        var counting = new Stopwatch();
        int done = 0;
        foreach (var scored in cases)
        {
            for (int i = 0; i < methods.Count; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                int index = i;
                var within = new Relay<double>(f => progress?.Invoke(done, scored.Id, (index + f) / methods.Count));
                methods[i].Mapping.Start();
                var map = kept?.Invoke(scored, i) ?? methods[i].Method.Map(scored.Scan, within, cancellation);
                methods[i].Mapping.Stop();
                counting.Start();
                methods[i].Add(scored, map);
                counting.Stop();
                seen?.Invoke(scored, methods[i], map);
            }

            progress?.Invoke(++done, scored.Id, 0);
        }

        return counting.Elapsed;
    }
}
