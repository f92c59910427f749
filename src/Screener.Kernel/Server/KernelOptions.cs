namespace Screener.Kernel.Server;

/// <summary>What a kernel may be told beside its connection.</summary>
public sealed record KernelOptions
{
    /// <summary>How much a cell may send.</summary>
    public OutputLimits Output { get; init; } = new();

    /// <summary>The largest frame that is taken, in bytes; a sender of a larger one is disconnected.</summary>
    public long LargestFrame { get; init; } = 128 << 20;

    /// <summary>How long a failed cell waits for the requests that were sent together with it, which are then aborted.</summary>
    public TimeSpan AbortGrace { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>Throws unless every value makes sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One does not.</exception>
    public void Validate()
    {
        Output.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(LargestFrame, 1 << 16);
        ArgumentOutOfRangeException.ThrowIfLessThan(AbortGrace, TimeSpan.Zero);
    }
}
