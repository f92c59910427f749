using Screener.Training;

namespace Screener.Tests.Training;

public sealed class OrderedPrefetchTests
{
    [Fact]
    public void ItemsComeInOrderWhateverTheirDuration()
    {
        using var prefetch = new OrderedPrefetch<long>(
            3, 40, (n, _) => { SpinWait.SpinUntil(() => false, (int)(n % 3)); return n * n; }, 4, 6, CancellationToken.None);
        for (long n = 3; n < 40; n++)
            Assert.Equal(n * n, prefetch.Next());
        Assert.Throws<InvalidOperationException>(() => prefetch.Next());
    }

    [Fact]
    public void NoMoreThanTheCapacityExistsAtOnce()
    {
        int made = 0, most = 0, taken = 0;
        using var prefetch = new OrderedPrefetch<int>(
            0, 100, (n, _) =>
                { int now = Interlocked.Increment(ref made) - Volatile.Read(ref taken); InterlockedMax(ref most, now); return (int)n; }, 2,
                3, CancellationToken.None);
        for (int n = 0; n < 100; n++)
        {
            Assert.Equal(n, prefetch.Next());
            Interlocked.Increment(ref taken);
        }

        Assert.InRange(most, 1, 4);

        static void InterlockedMax(ref int target, int value)
        {
            int seen;
            while (value > (seen = Volatile.Read(ref target)) && Interlocked.CompareExchange(ref target, value, seen) != seen)
            {
            }
        }
    }

    [Fact]
    public void AFailureReachesTheReader()
    {
        using var prefetch = new OrderedPrefetch<int>(
            0, 10, (n, _) => n == 2 ? throw new FormatException("two") : (int)n, 2, 3, CancellationToken.None);
        prefetch.Next();
        prefetch.Next();
        Assert.Throws<FormatException>(() => prefetch.Next());
    }

    [Fact]
    public void CancellationStopsIt()
    {
        using var source = new CancellationTokenSource();
        using var prefetch = new OrderedPrefetch<int>(
            0, 1000, (n, c) => { c.WaitHandle.WaitOne(5); c.ThrowIfCancellationRequested(); return (int)n; }, 2, 4, source.Token);
        prefetch.Next();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            for (int i = 0; i < 10; i++)
                prefetch.Next();
        });
    }
}
