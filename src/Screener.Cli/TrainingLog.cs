using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Screener.Runtime;
using Screener.Training;

namespace Screener.Cli;

/// <summary>Follows a training; what was done so far lies beside the checkpoint, so that a killed run's hours count, too.</summary>
/// <param name="trained">The file that will be written.</param>
/// <param name="checkpoint">The file that a stopped run is gone on with.</param>
/// <param name="data">What it learns from.</param>
/// <param name="compute">Device, threads, precision.</param>
/// <param name="note">Told what could not be read or written.</param>
internal sealed class TrainingLog(
    string trained, string checkpoint, IReadOnlyDictionary<string, int> data, ComputeOptions compute, Action<string> note)
{
    private static readonly TimeSpan BetweenWrites = TimeSpan.FromSeconds(10);

    private readonly TrainingCard? _earlier = File.Exists(checkpoint) ? TrainingCard.Read(checkpoint, note).LastOrDefault() : null;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan? _written;
    private TrainingCard? _card;

    /// <summary>Takes down where the training stands.</summary>
    internal void See(TrainingProgress progress)
    {
        var earlier = _earlier?.Stage == progress.Stage && _earlier.Steps == progress.Steps ? _earlier : null;
        _card = new TrainingCard(
            progress.Stage, data, progress.Step, progress.Steps, Math.Round((earlier?.Hours ?? 0) + _clock.Elapsed.TotalHours, 4),
            (earlier?.Runs ?? 0) + 1, compute.Device, $"{compute.Precision}".ToLowerInvariant(), compute.ThreadCount, ProcessorName,
            Versions());
        if (progress.Step < progress.Steps && _clock.Elapsed - _written < BetweenWrites)
            return;
        _written = _clock.Elapsed;
        TrainingCard.Write(checkpoint, [_card], note);
    }

    /// <summary>The file is written: its card goes beside it, after those of its parts.</summary>
    /// <param name="parts">Cards of networks that are part of it.</param>
    internal void Finish(params IEnumerable<TrainingCard> parts) =>
        TrainingCard.Write(trained, [.. parts, .. new[] { _card ?? _earlier }.OfType<TrainingCard>()], note);

    private static SortedDictionary<string, string> Versions() => new(StringComparer.Ordinal)
    {
        ["screener"] = ProgramVersions.Screener,
        ["torchSharp"] = ProgramVersions.TorchSharp,
        ["libtorch"] = ProgramVersions.LibTorch,
        ["runtime"] = $"{Environment.Version}",
    };

    private static string ProcessorName =>
        $"{RuntimeInformation.ProcessArchitecture}"
        + (Avx512F.IsSupported ? " with AVX-512" : Avx2.IsSupported ? " with AVX2" : "");
}
