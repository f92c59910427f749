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
        IReadOnlyList<string> names = [];
        history.Restored += Begin;
        history.Added += record =>
        {
            if (record.Values.Keys.All(names.Contains))
                AtomicFile.AppendLine(path, Line(record, names));
            else
                Begin();
        };

        void Begin()
        {
            var records = history.Records;
            if (records.Count == 0)
                return;

            // A later stage of a training may have other terms.
            names = [.. records.SelectMany(r => r.Values.Keys).Distinct().Order(StringComparer.Ordinal)];
            string head = string.Join(',', ["step", "learning_rate", "gradient_norm", .. names]);
            AtomicFile.WriteText(path, string.Concat(records.Select(r => Line(r, names)).Prepend(head).Select(l => l + "\n")));
        }
    }

    // A term that a step does not have is empty.
    private static string Line(TrainingRecord record, IReadOnlyList<string> names) => string.Join(',', [
        record.Step.ToString(CultureInfo.InvariantCulture), Text(record.LearningRate), Text(record.GradientNorm),
        .. names.Select(n => record.Values.TryGetValue(n, out double value) ? Text(value) : ""),
    ]);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
