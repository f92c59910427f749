using Screener.Datasets;
using Screener.Imaging;
using Screener.Preprocessing;
using static System.FormattableString;

namespace Screener.Cli;

/// <summary>The CTs that something is learnt from, each read when it is needed; what is odd about one is noted.</summary>
internal sealed class PopulationCts(string[] paths, int threads, VerbContext context, CancellationToken cancellation)
{
    private readonly IReadOnlyList<PreparationInput> _inputs = PreparationInputs.Find(paths, cancellation: cancellation);
    private readonly VolumeReaders _readers = CtReaders.All(threads);

    internal int Count => _inputs.Count;

    internal PreparationInput this[int i] => _inputs[i];

    /// <summary>Tells which one is next.</summary>
    internal void Show(Activity activity, int i)
    {
        cancellation.ThrowIfCancellationRequested();
        activity.Report((double)i / Count, Invariant($"{i} of {Count}, {_inputs[i].Id}"));
    }

    internal CtVolume Read(int i)
    {
        var input = _inputs[i];
        var ct = _readers.Read(input.Path, new VolumeReadOptions { SeriesUid = input.SeriesUid }, null, cancellation);
        foreach (string note in (string[])[.. ct.Notes, .. HounsfieldCheck.Require(ct)])
            context.Activities.Note($"{input.Id}: {note}");
        return ct;
    }

    /// <summary>All of them, one after the other.</summary>
    internal IEnumerable<(string Id, CtVolume Ct)> ReadAll(Activity activity)
    {
        for (int i = 0; i < Count; i++)
        {
            Show(activity, i);
            yield return (_inputs[i].Id, Read(i));
        }
    }
}
