using Screener.Datasets;

namespace Screener.Tests.Datasets;

public sealed class MemoryGateTests
{
    [Fact]
    public async Task NoMoreIsInsideThanFits()
    {
        var gate = new MemoryGate(10);
        int inside = 0, most = 0, done = 0;
        long bytes = 0, mostBytes = 0;
        var turn = new Lock();

        // Sizes that go together, that do not, and one that is too large for the budget and goes alone.
        await Task.WhenAll(new[] { 3, 4, 3, 9, 2, 25, 5, 5, 1, 8 }.Select(size => Task.Run(async () =>
        {
            using var room = gate.Enter(size, TestContext.Current.CancellationToken);
            lock (turn)
            {
                (inside, bytes) = (inside + 1, bytes + size);
                most = Math.Max(most, inside);
                mostBytes = Math.Max(mostBytes, inside > 1 ? bytes : 0);
            }

            await Task.Delay(5, TestContext.Current.CancellationToken);
            lock (turn)
                (inside, bytes, done) = (inside - 1, bytes - size, done + 1);
        }, TestContext.Current.CancellationToken)));
        Assert.Equal(10, done);
        Assert.InRange(mostBytes, 0, 10);
        Assert.InRange(most, 1, 4);
    }

    [Fact]
    public void WaitingCanBeCancelled()
    {
        var gate = new MemoryGate(1);
        using var room = gate.Enter(1, TestContext.Current.CancellationToken);
        using var stop = new CancellationTokenSource(20);
        Assert.Throws<OperationCanceledException>(() => gate.Enter(1, stop.Token));
    }
}
