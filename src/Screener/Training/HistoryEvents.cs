using Screener.Errors;
using Screener.Storage;
using TorchSharp;

namespace Screener.Training;

/// <summary>A history as event files, which TensorBoard shows while the run goes on.</summary>
/// <remarks>
/// Each start writes a file of its own into the folder, one that goes on from a checkpoint with the checkpoint's records first; TensorBoard
/// takes the later of two records of a step. The times of its records are those of the wall clock, so that hours can be read there.
/// </remarks>
public static class HistoryEvents
{
    /// <summary>Writes what is added to <paramref name="history"/> from now on, and what a checkpoint restores, into a folder.</summary>
    /// <exception cref="OutputException">The folder cannot be written; also thrown out of the run that adds records.</exception>
    public static void Follow(TrainingHistory history, string folder)
    {
        ArgumentNullException.ThrowIfNull(history);
        AtomicFile.Writing(folder, () => Directory.CreateDirectory(folder));
        TorchSharp.Modules.SummaryWriter? events = null;
        history.Restored += () =>
        {
            foreach (var record in history.Records)
                Write(record);
        };
        history.Added += Write;

        void Write(TrainingRecord record) => AtomicFile.Writing(folder, () =>
        {
            events ??= torch.utils.tensorboard.SummaryWriter(folder);
            Add("learning rate", record.LearningRate);
            Add("gradient norm", record.GradientNorm);
            foreach (var (name, value) in record.Values)
                Add(name, value);

            void Add(string name, double value) => events.add_scalar(name, (float)value, checked((int)record.Step));
        });
    }
}
