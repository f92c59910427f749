using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Screener.Errors;
using Screener.Models;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>What is particular to one kind of training: its batches and its loss.</summary>
/// <typeparam name="TBatch">One step's input, made on a worker thread; holds arrays, not tensors.</typeparam>
internal interface ITrainingTask<TBatch>
{
    /// <summary>The kind of training, such as "descriptor", "density" or a baseline's name: a checkpoint of another is refused.</summary>
    string Stage { get; }

    /// <summary>All that changes what is learnt: a checkpoint is gone on with only if it is the same.</summary>
    JsonElement Inputs { get; }

    /// <summary>All that is trained, by name. The task's owner disposes them.</summary>
    IReadOnlyList<(string Name, nn.Module Module)> Parts { get; }

    /// <summary>True if the gradients of each part are clipped on their own, since the parts do not share a loss.</summary>
    bool ClipsPartsApart => false;

    /// <summary>Makes the batch of a step: a pure function of the step.</summary>
    TBatch MakeBatch(long step, CancellationToken cancellation);

    /// <summary>Called once before the first step of a fresh run; most need nothing.</summary>
    void Prepare(TBatch first, Device device)
    {
    }

    /// <summary>The loss to go downhill on, and what to record. Runs inside a dispose scope of the loop.</summary>
    StepLoss Loss(TBatch batch, long step, Device device);
}

/// <summary>A step's loss and its named terms, all scalars.</summary>
public readonly record struct StepLoss(Tensor Total, IReadOnlyList<(string Name, Tensor Value)> Terms)
{
    /// <summary>What the loss was computed from, if that is the output of shares.</summary>
    internal BatchShares? Shares { get; init; }

    /// <summary>Gives the parameters their gradients.</summary>
    internal void Backward()
    {
        if (Total.requires_grad)
            Total.backward();
        Shares?.Backward();
        NormalizedActivation.Release();
    }
}

/// <summary>
/// The training loop of all that is trained, networks, densities and baselines: prefetched batches, AdamW with warm-up and decay, gradient
/// clipping, records, and checkpoints from which an interrupted CPU run goes on to the same bits.
/// </summary>
internal static class TrainingLoop
{
    // Enough for an observer to tell how long the rest will take.
    private const int StepsToldOfAtFirst = 10;

    /// <summary>Trains one network, which this owns until it is returned in evaluation mode.</summary>
    /// <param name="network">The network; disposed if the training fails or is stopped.</param>
    /// <param name="taskOf">Makes its task.</param>
    /// <param name="optimisation">Steps, rate, decay.</param>
    /// <param name="run">Checkpoint, progress, log.</param>
    /// <param name="name">What the log calls it.</param>
    /// <param name="inputs">What the log says that it learns from, such as "12 volumes".</param>
    /// <param name="device">Where.</param>
    /// <param name="cancellation">Stops after the step under way.</param>
    /// <inheritdoc cref="Run"/>
    internal static TNetwork Train<TNetwork, TBatch>(
        TNetwork network, Func<TNetwork, ITrainingTask<TBatch>> taskOf, OptimisationOptions optimisation, TrainingRun run, string name,
        string inputs, Device device, CancellationToken cancellation)
        where TNetwork : nn.Module
    {
        try
        {
            run.Logger.LogInformation("{Name}: {Steps} steps on {Inputs}, {Device}", name, optimisation.Steps, inputs, device);
            Run(taskOf(network), optimisation, run, device, cancellation);
            network.eval();
            return network;
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Runs all steps, or those that a checkpoint has left.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled; its checkpoint holds the last whole step.</exception>
    /// <exception cref="Errors.OutputException">There is no room for checkpoints.</exception>
    internal static void Run<TBatch>(
        ITrainingTask<TBatch> task, OptimisationOptions optimisation, TrainingRun run, Device device, CancellationToken cancellation)
    {
        foreach (var (_, module) in task.Parts)
        {
            module.to(device);
            module.train();
        }

        var parameters = task.Parts.SelectMany(p => p.Module.parameters()).ToList();
        using var optimizer = new AdamW(parameters, optimisation);
        var state = new TrainingCheckpoint<TBatch>(task, optimisation, run, optimizer);
        long step = state.Resume();
        if (step >= optimisation.Steps)
            return;
        state.RequireRoom();

        using var batches = new OrderedPrefetch<TBatch>(
            step, optimisation.Steps, task.MakeBatch, run.DataThreads, run.PrefetchedBatches, cancellation);
        var speed = new SpeedMeter();
        var waited = TimeSpan.Zero;
        long done = step, first = step;
        try
        {
            for (; step < optimisation.Steps; step++)
            {
                cancellation.ThrowIfCancellationRequested();
                long asked = Stopwatch.GetTimestamp();
                var batch = batches.Next();
                if (step > first)
                    waited += Stopwatch.GetElapsedTime(asked);
                if (step == 0)
                {
                    using var scope = NewDisposeScope();
                    task.Prepare(batch, device);
                }

                bool record = (step + 1) % run.RecordEvery == 0 || step + 1 == optimisation.Steps;
                bool told = run.Progress is not null && step < first + StepsToldOfAtFirst;
                var values = TakeStep(task, batch, step, optimisation, optimizer, device, record || told);
                done = step + 1;
                double rate = speed.Tick();
                if (values is not null)
                {
                    if (record)
                        run.History.Add(values);
                    var left = TimeSpan.FromSeconds(rate > 0 ? (optimisation.Steps - step - 1) / rate : 0);
                    run.Progress?.Report(
                        new TrainingProgress(task.Stage, step + 1, optimisation.Steps, rate, left, values.Values) { Waited = waited });
                }

                if ((step + 1) % run.CheckpointEvery == 0 || step + 1 == optimisation.Steps)
                    state.Save(step + 1);
            }
        }
        catch (OperationCanceledException)
        {
            // Not step: an observer of the record may have been the one who stopped the run.
            state.Save(done);
            run.Logger.LogInformation("{Stage}: stopped after step {Step} of {Steps}", task.Stage, done, optimisation.Steps);
            throw;
        }
    }

    private static TrainingRecord? TakeStep<TBatch>(
        ITrainingTask<TBatch> task, TBatch batch, long step, OptimisationOptions optimisation, AdamW optimizer, Device device, bool record)
    {
        using var scope = NewDisposeScope();
        double learningRate = optimisation.LearningRate.At(step, optimisation.Steps);
        var loss = task.Loss(batch, step, device);
        loss.Backward();
        double norm = Clip(task, optimizer, optimisation.GradientNormLimit);
        float total = loss.Total.item<float>();
        if (!float.IsFinite(total) || !double.IsFinite(norm))
        {
            throw new ModelFileException(
                $"{task.Stage} training", $"loss {total} and gradient norm {norm} at step {step + 1}", "finite numbers",
                "Lower the learning rate, check the training volumes for NaN, or train in float32.");
        }

        optimizer.Step(learningRate);
        if (!record)
            return null;
        var values = new SortedDictionary<string, double>(StringComparer.Ordinal) { ["loss"] = total };
        foreach (var (name, value) in loss.Terms)
            values[name] = value.item<float>();
        return new TrainingRecord(step + 1, learningRate, norm, values);
    }

    private static double Clip<TBatch>(ITrainingTask<TBatch> task, AdamW optimizer, double limit)
    {
        int[] counts = [.. task.Parts.Select(p => p.Module.parameters().Count())];
        if (!task.ClipsPartsApart)
            return optimizer.Clip(0, counts.Sum(), limit).item<float>();
        double squares = 0;
        for (int part = 0, start = 0; part < counts.Length; start += counts[part++])
        {
            double norm = optimizer.Clip(start, counts[part], limit).item<float>();
            squares += norm * norm;
        }

        return Math.Sqrt(squares);
    }

    /// <summary>Steps per second over the last ten seconds or so.</summary>
    private sealed class SpeedMeter
    {
        private readonly Queue<long> _ticks = new([Stopwatch.GetTimestamp()]);

        internal double Tick()
        {
            long now = Stopwatch.GetTimestamp();
            _ticks.Enqueue(now);
            while (_ticks.Count > 2 && Stopwatch.GetElapsedTime(_ticks.Peek(), now) > TimeSpan.FromSeconds(10))
                _ticks.Dequeue();
            double seconds = Stopwatch.GetElapsedTime(_ticks.Peek(), now).TotalSeconds;
            return seconds > 0 ? (_ticks.Count - 1) / seconds : 0;
        }
    }
}
