namespace Screener.Kernel.Server;

/// <summary>How much of one cell's output is sent on; a note says when it was more.</summary>
public sealed record OutputLimits
{
    /// <summary>UTF-8 bytes of printed text.</summary>
    public long TextBytes { get; init; } = 4 << 20;

    /// <summary>Bytes of everything that stays in the notebook: text, shown values, the result.</summary>
    public long Bytes { get; init; } = 64 << 20;

    /// <summary>Shown values. Jupyter's own limit is 1000 messages a second, beyond which it drops them.</summary>
    public int Messages { get; init; } = 1000;

    /// <summary>Throws unless every limit is positive.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is not.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(TextBytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Bytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Messages);
    }
}
