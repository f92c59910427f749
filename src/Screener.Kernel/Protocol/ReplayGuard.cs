using System.Text;

namespace Screener.Kernel.Protocol;

/// <summary>
/// Knows the latest messages by their signatures, so that a recorded one has no effect when it is sent again. Not thread-safe.
/// </summary>
/// <remarks>
/// Not by their ids: Jupyter's own client numbers the messages of its two halves both from 0 in one session. Two honest messages with one
/// signature would need the same id at the same microsecond.
/// </remarks>
/// <param name="capacity">How many it remembers.</param>
internal sealed class ReplayGuard(int capacity = 1 << 16)
{
    private readonly HashSet<string> _seen = [];
    private readonly Queue<string> _order = new();

    /// <summary>False if a message of the same signature came before; always true without one, that is without a key.</summary>
    internal bool IsNew(ReadOnlySpan<byte> signature)
    {
        if (signature.IsEmpty)
            return true;
        string key = Encoding.ASCII.GetString(signature);
        if (!_seen.Add(key))
            return false;
        _order.Enqueue(key);
        if (_order.Count > capacity)
            _seen.Remove(_order.Dequeue());
        return true;
    }
}
