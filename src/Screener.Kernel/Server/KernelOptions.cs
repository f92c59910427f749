namespace Screener.Kernel.Server;

/// <summary>What a kernel may be told beside its connection.</summary>
public sealed record KernelOptions
{
    /// <summary>How much a cell may send.</summary>
    public OutputLimits Output { get; init; } = new();

    /// <summary>The largest frame that is taken, in bytes; a sender of a larger one is disconnected.</summary>
    public long LargestFrame { get; init; } = 128 << 20;

    /// <summary>Throws unless every value makes sense.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One does not.</exception>
    public void Validate()
    {
        Output.Validate();
        ArgumentOutOfRangeException.ThrowIfLessThan(LargestFrame, 1 << 16);
    }
}
