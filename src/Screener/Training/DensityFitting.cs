using Microsoft.Extensions.Logging;
using Screener.Conditions;
using Screener.Densities;
using Screener.Errors;
using Screener.Models;
using Screener.Preprocessing;
using Screener.Randomness;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>Fits densities of the descriptor given the condition, over frozen networks (paper, section 3.3).</summary>
public static class DensityFitting
{
    /// <summary>Fits all heads in one pass over the crops.</summary>
    /// <param name="options">What to fit and how.</param>
    /// <param name="descriptor">The frozen descriptor model.</param>
    /// <param name="networks">The frozen networks of the heads' conditions.</param>
    /// <param name="volumes">The training volumes, prepared as for the descriptor.</param>
    /// <param name="run">Device, threads, checkpoint, progress. Densities are float32 whatever its precision; the networks follow
    /// it.</param>
    /// <param name="cancellation">Stops after the step under way; the checkpoint then holds it.</param>
    /// <returns>A density per head, in the order of <see cref="DensityFittingOptions.Heads"/>, in evaluation mode; the caller owns
    /// them.</returns>
    /// <exception cref="ScreenerException">Options, device or checkpoint are wrong.</exception>
    public static IReadOnlyList<DensityModel> Fit(
        DensityFittingOptions options, DenseNetwork descriptor, ConditionNetworks networks, IReadOnlyList<PreparedVolume> volumes,
        TrainingRun run, CancellationToken cancellation = default)
    {
        options.Validate();
        run.Validate();
        if (volumes.Count == 0)
            throw new OptionException("volumes", "none", "at least one training volume", "Prepare a training cohort first.");
        var device = run.Compute.Apply();
        descriptor.MoveTo(device, run.Compute.Precision);
        networks.MoveTo(device, run.Compute.Precision);
        var maps = new CropMaps(options, descriptor, networks, [.. options.Heads.Select(h => networks.Under(h.Condition))], volumes);
        run.Logger.LogInformation(
            "density: {Heads}, {Steps} steps on {Count} volumes, {Device}", string.Join("; ", options.Heads.Select(h => h.Name)),
            options.Optimisation.Steps, volumes.Count, device);
        return Fit(options, maps, run, device, cancellation);
    }

    /// <summary>Fits all heads to maps wherever they come from.</summary>
    internal static IReadOnlyList<DensityModel> Fit<TBatch>(
        DensityFittingOptions options, IDensityMaps<TBatch> maps, TrainingRun run, Device device, CancellationToken cancellation)
    {
        var densities = new List<DensityModel>();
        try
        {
            for (int i = 0; i < options.Heads.Count; i++)
            {
                densities.Add(options.Heads[i].Density.Create(
                    maps.FeatureChannels, maps.ConditionChannels[i], new RandomStream(options.Seed).Fork(options.Heads[i].Name)));
            }

            TrainingLoop.Run(new DensityTask<TBatch>(options, maps, densities), options.Optimisation, run, device, cancellation);
            foreach (var density in densities)
                density.eval();
            return densities;
        }
        catch
        {
            foreach (var density in densities)
                density.Dispose();
            throw;
        }
    }
}
