using TorchSharp;

namespace Screener.Tests;

/// <summary>Counts the tensors that an operation leaves behind on this thread.</summary>
public static class TensorLeaks
{
    /// <summary>
    /// Runs an operation, disposes of what it returns, and asserts that no tensor outlives it; first outside of any dispose
    /// scope, then inside one, where leaks show before the scope closes.
    /// </summary>
    public static void Check(Func<IEnumerable<torch.Tensor?>> operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        RunAndDispose(operation);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        RunAndDispose(operation);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        using var scope = torch.NewDisposeScope();
        int owned = scope.DisposablesCount;
        RunAndDispose(operation);
        Assert.Equal(owned, scope.DisposablesCount);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    /// <inheritdoc cref="Check(Func{IEnumerable{torch.Tensor}})"/>
    public static void Check(Action operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        Check(() =>
        {
            operation();
            return [];
        });
    }

    private static void RunAndDispose(Func<IEnumerable<torch.Tensor?>> operation)
    {
        foreach (var tensor in operation())
            tensor?.Dispose();
    }
}
