using System.Globalization;
using Screener.Errors;
using Screener.Storage;

namespace Screener.Training;

/// <summary>A history as a table of its own, line by line while the run goes on: step, rate, gradient norm, loss and its terms.</summary>
/// <remarks>
/// A run that goes on from a checkpoint begins the file anew with the checkpoint's records: equal runs write equal files.
/// </remarks>
public static class HistoryCsv
{
    /// <summary>Writes what is added to <paramref name="history"/> from now on, and what a checkpoint restores, to a file.</summary>
    /// <exception cref="OutputException">The file cannot be written; also thrown out of the run that adds records.</exception>
    public static void Follow(TrainingHistory history, string path)
    {
        ArgumentNullException.ThrowIfNull(history);
        AtomicFile.RequireWritable(path);
        bool isBegun = false;
        history.Restored += Begin;
        history.Added += record =>
        {
            if (isBegun)
                AtomicFile.AppendLine(path, Line(record));
            else
                Begin();
        };

        void Begin()
        {
            var records = history.Records;
            if (records.Count == 0)
                return;
            isBegun = true;
            string head = string.Join(',', ["step", "learning_rate", "gradient_norm", .. records[0].Values.Keys]);
            AtomicFile.WriteText(path, string.Concat(records.Select(Line).Prepend(head).Select(l => l + "\n")));
        }
    }

    private static string Line(TrainingRecord record) => string.Join(',', [
        record.Step.ToString(CultureInfo.InvariantCulture),
        .. record.Values.Values.Prepend(record.GradientNorm).Prepend(record.LearningRate).Select(
            v => v.ToString("R", CultureInfo.InvariantCulture)),
    ]);
}
