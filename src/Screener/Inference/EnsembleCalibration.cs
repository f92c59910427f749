using Screener.Baselines;
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
        var experts = model.Experts(lesions, huAndPosition, options);
        var samples = experts.Select(_ => new List<float>()).ToList();
        foreach (var (id, ct) in scans)
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(id);
            var scan = PatientScan.Of(ct, compute, cancellation).NoFinerThan(options.LeastSpacing, cancellation);
            int[] drawn = Draw(scan.Body, options.VoxelsPerCt, new RandomStream(options.Seed).Fork("tails").Fork(id));
            if (drawn.Length == 0)
                throw new VolumeFormatException(ct.Source, "no body in it", "a CT of a patient", "Leave it out.");
            for (int e = 0; e < experts.Count; e++)
            {
                var map = experts[e].Map(scan, null, cancellation);
                samples[e].AddRange(drawn.Select(i => map.Voxels[i]));
            }
        }

        if (samples[0].Count == 0)
            throw new OptionException(nameof(scans), "none", "at least one CT", "Name the CTs of the training.");
        TailTable[] tails = [.. samples.Select(s => TailTable.Of([.. s]))];
        double[] weights = [options.Lesions, options.HuAndPosition, options.Density];
        var sums = new float[samples[0].Count];
        for (int i = 0; i < sums.Length; i++)
        {
            for (int e = 0; e < tails.Length; e++)
                sums[i] += (float)weights[e] * tails[e].At(samples[e][i]);
        }

        return new Ensemble(lesions, huAndPosition, options, tails, TailTable.Of(sums));
    }

    /// <summary>As many voxels of the body, with replacement: every patient counts the same.</summary>
    private static int[] Draw(BodyMask body, int count, RandomStream random)
    {
        var inside = new List<int>();
        for (int i = 0; i < body.Voxels.Length; i++)
        {
            if (body.Voxels[i] != 0)
                inside.Add(i);
        }

        return inside.Count == 0 ? [] : [.. Enumerable.Range(0, count).Select(_ => inside[random.NextInt(inside.Count)])];
    }
}
