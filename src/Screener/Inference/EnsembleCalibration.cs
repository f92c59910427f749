using Screener.HuBaselines;
using Screener.Errors;
using Screener.Imaging;
using Screener.Randomness;
using Screener.Runtime;
using Screener.SyntheticLesions;
using TorchSharp;

namespace Screener.Inference;

/// <summary>Makes an ensemble: what is rare is what is rare in the patients given here.</summary>
public static class EnsembleCalibration
{
    /// <summary>Calibrates experts on a population.</summary>
    /// <param name="model">Its density is one expert. It is not changed.</param>
    /// <param name="lesions">The second, one or several; the ensemble owns them from here on.</param>
    /// <param name="huAndPosition">The third.</param>
    /// <param name="options">Weights, and how many voxels are drawn.</param>
    /// <param name="scans">The patients, each read when it is needed: an identifier and a CT.</param>
    /// <param name="compute">Device, threads, precision.</param>
    /// <param name="progress">Patients done.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ScreenerException">Options are wrong, a CT is unreadable or without a body, or there is none.</exception>
    public static Ensemble Calibrate(
        ScreenerModel model, IReadOnlyList<LesionNetwork> lesions, HuBaseline huAndPosition, EnsembleOptions options,
        IEnumerable<(string Id, CtVolume Ct)> scans,
        ComputeOptions compute, IProgress<string>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        foreach (var network in lesions)
            network.MoveTo(compute.Apply(), compute.Precision);
        var experts = model.Experts(
            lesions, huAndPosition, options, SlidingWindowOptions.Fading(model.FittingOptions.PatchShape, options.Overlap));
        var samples = experts.Select(_ => new List<float>()).ToList();
        var places = new List<float>();
        foreach (var (id, ct) in scans)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(id);
            var scan = PatientScan.Of(ct, compute, cancellation).NoFinerThan(options.LeastSpacing, cancellation);
            int[] drawn = Draw(scan, options.VoxelsPerCt, new RandomStream(options.Seed).Fork("tails").Fork(id));
            places.AddRange(Places(scan, drawn, cancellation));
            for (int e = 0; e < experts.Count; e++)
            {
                var map = experts[e].Map(scan, null, cancellation);
                samples[e].AddRange(drawn.Select(i => map.Voxels[i]));
            }
        }

        if (samples[0].Count == 0)
            throw new OptionException(nameof(scans), "none", "at least one CT", "Name the CTs of the training.");
        TailTable[] tails = [.. samples.Select(s => TailTable.Of([.. s]))];
        var sums = new float[samples[0].Count];
        for (int i = 0; i < sums.Length; i++)
        {
            for (int e = 0; e < tails.Length; e++)
                sums[i] += options.Weight(e) * options.Counted(e, tails[e].At(samples[e][i]));
        }

        var together = TailTable.Of([.. sums]);
        return new Ensemble(lesions, huAndPosition, options, tails, together, ByPlace([.. places], sums, together, options));
    }

    // The features of the voxels drawn, [voxel, feature].
    private static float[] Places(PatientScan scan, int[] drawn, CancellationToken cancellation)
    {
        var rows = drawn.Select((voxel, row) => (voxel, row)).ToLookup(d => d.voxel, d => d.row);
        var places = new float[drawn.Length * KindsOfPlace.Features];
        KindsOfPlace.Visit(scan, (voxel, place) =>
        {
            foreach (int row in rows[voxel])
                place.CopyTo(places.AsSpan(row * KindsOfPlace.Features));
        }, cancellation);
        return places;
    }

    // A kind of which too few voxels were drawn is compared with the whole body.
    private static PlaceTails ByPlace(float[] places, float[] sums, TailTable together, EnsembleOptions options)
    {
        var random = new RandomStream(options.Seed).Fork("kinds");
        int step = Math.Max(1, sums.Length / PlacesForKinds);
        var kinds = KindsOfPlace.Fit(
            [.. Enumerable.Range(0, sums.Length / step).SelectMany(
                i => places[(i * step * KindsOfPlace.Features)..(((i * step) + 1) * KindsOfPlace.Features)])],
            options.Kinds, random);
        var members = Enumerable.Range(0, kinds.Count).Select(_ => new List<float>()).ToArray();
        for (int i = 0; i < sums.Length; i++)
            members[kinds.Nearest(places.AsSpan(i * KindsOfPlace.Features, KindsOfPlace.Features))].Add(sums[i]);
        return new PlaceTails(kinds, [.. members.Select(m => m.Count < TailTable.Fewest ? together : TailTable.Of([.. m]))]);
    }

    // Clusters do not change with more.
    private const int PlacesForKinds = 100_000;

    /// <summary>As many voxels of the body, with replacement: every patient counts the same.</summary>
    /// <exception cref="VolumeFormatException">There is no body.</exception>
    internal static int[] Draw(PatientScan scan, int count, RandomStream random)
    {
        var body = scan.Body;
        var inside = new List<int>();
        for (int i = 0; i < body.Voxels.Length; i++)
        {
            if (body.Voxels[i] != 0)
                inside.Add(i);
        }

        if (inside.Count == 0)
            throw new VolumeFormatException(scan.Ct.Source, "no body in it", "a CT of a patient", "Leave it out.");
        return [.. Enumerable.Range(0, count).Select(_ => inside[random.NextInt(inside.Count)])];
    }
}
