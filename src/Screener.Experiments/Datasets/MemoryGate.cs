namespace Screener.Datasets;

/// <summary>Lets work begin while its memory fits into a budget; work that alone is too large goes by itself.</summary>
internal sealed class MemoryGate(long budget)
{
    private readonly object _turn = new();
    private long _used;
    private int _inside;

    /// <summary>Waits until there is room, and takes it.</summary>
    /// <returns>Gives the room back.</returns>
    internal IDisposable Enter(long bytes, CancellationToken cancellation)
    {
        using var wake = cancellation.Register(() =>
        {
            lock (_turn)
                Monitor.PulseAll(_turn);
        });
        lock (_turn)
        {
            while (_inside > 0 && _used + bytes > budget)
            {
                cancellation.ThrowIfCancellationRequested();
                Monitor.Wait(_turn);
            }

            cancellation.ThrowIfCancellationRequested();
            _used += bytes;
            _inside++;
        }

        return new Room(this, bytes);
    }

    private sealed class Room(MemoryGate gate, long bytes) : IDisposable
    {
        public void Dispose()
        {
            lock (gate._turn)
            {
                gate._used -= bytes;
                gate._inside--;
                Monitor.PulseAll(gate._turn);
            }
        }
    }
}
