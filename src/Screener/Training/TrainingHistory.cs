namespace Screener.Training;

/// <summary>What one training step measured.</summary>
/// <param name="Step">The step, from 1.</param>
/// <param name="LearningRate">The learning rate of the step.</param>
/// <param name="GradientNorm">The L2 norm of all gradients before clipping.</param>
/// <param name="Values">The loss ("loss") and its terms by name.</param>
public sealed record TrainingRecord(long Step, double LearningRate, double GradientNorm, IReadOnlyDictionary<string, double> Values);

/// <summary>
/// The records of a run so far, observable while it goes on. Holds no wall-clock times, so that it is equal for equal runs.
/// </summary>
/// <remarks>Safe to read from any thread while a run appends to it.</remarks>
public sealed class TrainingHistory
{
    private readonly Lock _gate = new();
    private readonly List<TrainingRecord> _records = [];

    /// <summary>Raised after a record was added, on the training thread.</summary>
    public event Action<TrainingRecord>? Added;

    /// <summary>Raised after a checkpoint's records have taken the place of all others, on the training thread.</summary>
    public event Action? Restored;

    /// <summary>A copy of the records so far.</summary>
    public IReadOnlyList<TrainingRecord> Records
    {
        get
        {
            lock (_gate)
                return [.. _records];
        }
    }

    /// <summary>Adds a record.</summary>
    public void Add(TrainingRecord record)
    {
        lock (_gate)
            _records.Add(record);
        Added?.Invoke(record);
    }

    /// <summary>Replaces the records by those of a checkpoint.</summary>
    public void Restore(IEnumerable<TrainingRecord> records)
    {
        lock (_gate)
        {
            _records.Clear();
            _records.AddRange(records);
        }

        Restored?.Invoke();
    }
}
