namespace Screener.Training;

/// <summary>Makes numbered work items ahead of time on worker threads and hands them out in order.</summary>
/// <remarks>An item depends only on its number, so the order of completion does not matter and a resumed run gets the same items. At most
/// <c>capacity</c> items exist at a time, finished ones included.</remarks>
/// <typeparam name="T">The item.</typeparam>
public sealed class OrderedPrefetch<T> : IDisposable
{
    private readonly Queue<Task<T>> _pending = new();
    private readonly Func<long, CancellationToken, T> _make;
    private readonly CancellationTokenSource _stop;
    private readonly TaskFactory _workers;
    private readonly int _capacity;
    private readonly long _end;
    private long _next;

    /// <summary>Starts making the items <paramref name="start"/> .. <paramref name="end"/> - 1.</summary>
    /// <param name="start">The first number.</param>
    /// <param name="end">One past the last number.</param>
    /// <param name="make">Makes item n; called from several threads.</param>
    /// <param name="workers">Items made at the same time, at least 1.</param>
    /// <param name="capacity">Items that may exist at the same time, at least <paramref name="workers"/>.</param>
    /// <param name="cancellation">Stops the making.</param>
    public OrderedPrefetch(
        long start, long end, Func<long, CancellationToken, T> make, int workers, int capacity, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, workers);
        _make = make;
        _next = start;
        _end = end;
        _capacity = capacity;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, workers).ConcurrentScheduler;
        _workers = new TaskFactory(_stop.Token, TaskCreationOptions.None, TaskContinuationOptions.None, scheduler);
        Fill();
    }

    /// <summary>The next item in order; waits for it if it is not ready.</summary>
    /// <exception cref="InvalidOperationException">All items have been handed out.</exception>
    /// <exception cref="OperationCanceledException">The making was stopped.</exception>
    public T Next()
    {
        if (!_pending.TryDequeue(out var task))
            throw new InvalidOperationException("All items have been handed out.");
        T item = task.GetAwaiter().GetResult();
        Fill();
        return item;
    }

    /// <summary>Stops the making and waits for the items under way.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        foreach (var task in _pending)
            ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        _pending.Clear();
        _stop.Dispose();
    }

    private void Fill()
    {
        while (_pending.Count < _capacity && _next < _end)
        {
            long number = _next++;
            _pending.Enqueue(_workers.StartNew(() => _make(number, _stop.Token), _stop.Token));
        }
    }
}
