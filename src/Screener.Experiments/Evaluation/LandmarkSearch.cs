using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Models;
using Screener.Preprocessing;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Evaluation;

/// <summary>Features of every voxel of a volume, by which spots are found again.</summary>
/// <param name="volume">The volume.</param>
/// <param name="cancellation">Stops the work.</param>
/// <returns>One array per feature, [D, H, W] of the volume; NaN where there is none.</returns>
public delegate float[][] VoxelFeatures(PreparedVolume volume, CancellationToken cancellation);

/// <summary>How finely spots are searched.</summary>
public sealed record LandmarkSearchOptions
{
    /// <summary>The defaults: every second voxel along each axis.</summary>
    public static LandmarkSearchOptions Default { get; } = new();

    /// <summary>Voxels from one candidate to the next, along each axis.</summary>
    public int Stride { get; init; } = 2;

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A value is out of range.</exception>
    public void Validate() => OptionException.ThrowIfOutside(nameof(Stride), Stride, 1, 64);
}

/// <summary>One search.</summary>
/// <param name="Landmark">The spot's name.</param>
/// <param name="From">The patient in whom it was shown.</param>
/// <param name="To">The patient in whom it was searched.</param>
/// <param name="ErrorMm">How far from the truth the nearest features lie, mm.</param>
/// <param name="ChanceMm">How far a place of the body lies on average, mm.</param>
public sealed record LandmarkFinding(string Landmark, string From, string To, double ErrorMm, double ChanceMm);

/// <summary>All searches with one kind of features.</summary>
/// <param name="Name">The features' name.</param>
/// <param name="Findings">Every spot of every patient in every other who has it.</param>
public sealed record LandmarkSearchResult(string Name, IReadOnlyList<LandmarkFinding> Findings)
{
    /// <summary>Mean error, mm; NaN without a search.</summary>
    public double MeanMm => Findings.Select(f => f.ErrorMm).DefaultIfEmpty(double.NaN).Average();

    /// <summary>Median error, mm; NaN without a search.</summary>
    public double MedianMm
    {
        get
        {
            double[] sorted = [.. Findings.Select(f => f.ErrorMm).Order()];
            return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
        }
    }

    /// <summary>Mean error of a place drawn at random, mm; NaN without a search.</summary>
    public double ChanceMm => Findings.Select(f => f.ChanceMm).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The part of the searches that ended within a distance of the truth, 0 to 1; NaN without a search.</summary>
    public double Within(double mm) => Findings.Count == 0 ? double.NaN : Findings.Count(f => f.ErrorMm <= mm) / (double)Findings.Count;
}

/// <summary>
/// How well features find the same anatomical spot in another patient (landmark retrieval, arXiv 2409.10291, section 4): a spot's
/// features in one patient, the nearest features in the other, the distance from there to the spot.
/// </summary>
public static class LandmarkSearch
{
    /// <summary>Searches every landmark of every patient in every other patient who has it.</summary>
    /// <param name="name">The features' name.</param>
    /// <param name="patients">At least two.</param>
    /// <param name="features">The features; the spot's are those of its nearest voxel.</param>
    /// <param name="options">How finely; null means the defaults.</param>
    /// <param name="progress">Fraction done.</param>
    /// <param name="cancellation">Stops between patients.</param>
    /// <exception cref="OptionException">There are fewer than two patients, or an option is out of range.</exception>
    public static LandmarkSearchResult Run(
        string name, IReadOnlyList<LandmarkPatient> patients, VoxelFeatures features, LandmarkSearchOptions? options = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(patients);
        ArgumentNullException.ThrowIfNull(features);
        options ??= LandmarkSearchOptions.Default;
        options.Validate();
        if (patients.Count < 2)
            throw new OptionException(nameof(patients), $"{patients.Count}", "at least 2: a spot is searched in another patient");
        var searched = new List<Searched>();
        foreach (var patient in patients)
        {
            cancellation.ThrowIfCancellationRequested();
            searched.Add(new Searched(patient, features(patient.Volume, cancellation), options.Stride));
            progress?.Report(searched.Count / (double)patients.Count);
        }

        var findings = new List<LandmarkFinding>();
        foreach (var from in searched)
        {
            foreach (var to in searched.Where(to => to != from))
            {
                cancellation.ThrowIfCancellationRequested();
                foreach (var spot in from.Patient.Landmarks)
                {
                    int there = to.Patient.Landmarks.ToList().FindIndex(l => l.Name == spot.Name);
                    if (there >= 0)
                        findings.Add(
                            new LandmarkFinding(
                                spot.Name, from.Patient.Name, to.Patient.Name, to.Error(from.FeaturesAt(spot), there), to.Chance[there]));
                }
            }
        }

        return new LandmarkSearchResult(name, findings);
    }

    /// <summary>An embedding network's numbers, each times its learnt scale, averaged over overlapping windows.</summary>
    /// <param name="model">The network.</param>
    /// <param name="device">Where it is.</param>
    /// <param name="windows">How volumes are covered.</param>
    public static VoxelFeatures Of(AnatomicalEmbeddingModel model, Device device, SlidingWindowOptions windows)
    {
        ArgumentNullException.ThrowIfNull(model);
        return (volume, cancellation) => SlidingWindow.Run(
            volume, AnatomicalEmbeddingModel.Axes, windows,
            (images, _) =>
            {
                using var embedding = model.forward(images);
                return embedding * model.Scale.view(1, -1, 1, 1, 1);
            },
            device, cancellation: cancellation);
    }

    /// <summary>
    /// What an embedding has to beat: the position in the prepared volume, 0 to 1 along each axis, as
    /// <see cref="Conditions.SinCosCondition"/> takes it.
    /// </summary>
    public static float[][] RelativePosition(PreparedVolume volume, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(volume);
        var shape = volume.Shape;
        float[][] maps = [new float[shape.CheckedLength()], new float[shape.VoxelCount], new float[shape.VoxelCount]];
        for (int d = 0, i = 0; d < shape.Depth; d++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int h = 0; h < shape.Height; h++)
            {
                for (int w = 0; w < shape.Width; w++, i++)
                    (maps[0][i], maps[1][i], maps[2][i]) = ((d + 0.5f) / shape.Depth, (h + 0.5f) / shape.Height, (w + 0.5f) / shape.Width);
            }
        }

        return maps;
    }

    /// <summary>A patient with the features of the places where spots are searched.</summary>
    private sealed class Searched
    {
        private readonly float[][] _maps;
        private readonly (int D, int H, int W)[] _places;
        private readonly float[][] _features;

        internal Searched(LandmarkPatient patient, float[][] maps, int stride)
        {
            (Patient, _maps) = (patient, maps);
            var shape = patient.Volume.Shape;
            if (patient.Body.Length != shape.VoxelCount || maps.Length == 0 || maps.Any(m => m.Length != shape.VoxelCount))
                throw new OptionException(
                    patient.Name, $"a body of {patient.Body.Length} voxels and {maps.Length} features",
                    $"one or more features and a body of the volume's {shape.VoxelCount} voxels");
            var places = new List<(int, int, int)>();
            for (int d = 0; d < shape.Depth; d += stride)
            {
                for (int h = 0; h < shape.Height; h += stride)
                {
                    for (int w = 0; w < shape.Width; w += stride)
                    {
                        int at = shape.Index(d, h, w);
                        if (patient.Body.Span[at] != 0 && maps.All(m => float.IsFinite(m[at])))
                            places.Add((d, h, w));
                    }
                }
            }

            if (places.Count == 0)
                throw new OptionException(patient.Name, "no place inside the body with features", "at least one");
            _places = [.. places];
            _features = [.. maps.Select(m => _places.Select(p => m[shape.Index(p.D, p.H, p.W)]).ToArray())];
            Chance = [.. patient.Landmarks.Select(l => _places.Average(p => DistanceMm(p, l)))];
        }

        internal LandmarkPatient Patient { get; }

        /// <summary>For each landmark the mean distance of all places, mm.</summary>
        internal double[] Chance { get; }

        internal float[] FeaturesAt(Landmark spot)
        {
            var shape = Patient.Volume.Shape;
            int at = shape.Index(Nearest(spot.D, shape.Depth), Nearest(spot.H, shape.Height), Nearest(spot.W, shape.Width));
            return [.. _maps.Select(m => m[at])];

            static int Nearest(double position, int size) => Math.Clamp((int)Math.Round(position), 0, size - 1);
        }

        internal double Error(float[] wanted, int landmark)
        {
            int best = 0;
            double least = double.PositiveInfinity;
            for (int i = 0; i < _places.Length; i++)
            {
                double distance = 0;
                for (int k = 0; k < wanted.Length; k++)
                {
                    double difference = _features[k][i] - wanted[k];
                    distance += difference * difference;
                }

                if (distance < least)
                    (least, best) = (distance, i);
            }

            return DistanceMm(_places[best], Patient.Landmarks[landmark]);
        }

        private double DistanceMm((int D, int H, int W) place, Landmark spot)
        {
            var spacing = Patient.Volume.Spacing;
            double d = (place.D - spot.D) * spacing.Depth, h = (place.H - spot.H) * spacing.Height, w = (place.W - spot.W) * spacing.Width;
            return Math.Sqrt((d * d) + (h * h) + (w * w));
        }
    }
}
