namespace Screener.Cli;

/// <summary>One activity for each stage of something long: a stage's speed says nothing of the next one's.</summary>
internal sealed class StageActivities(Activities activities) : IDisposable
{
    private readonly Lock _turn = new();
    private string _title = "";
    private Activity? _activity;

    /// <summary>Tells how far a stage is, 0 to 1, and what to say beside it; a new title ends the stage before.</summary>
    internal void Report(string title, double fraction, string detail)
    {
        lock (_turn)
        {
            if (title != _title)
            {
                _activity?.Dispose();
                (_title, _activity) = (title, activities.Begin(title));
            }

            _activity!.Report(fraction, detail);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _activity?.Dispose();
}
