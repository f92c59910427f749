namespace Screener.Kernel.Protocol;

/// <summary>Knows the latest messages, so that a recorded one has no effect when it is sent again. Not thread-safe.</summary>
/// <param name="capacity">How many it remembers.</param>
internal sealed class ReplayGuard(int capacity = 1 << 16)
{
    private readonly HashSet<(string Session, string Id)> _seen = [];
    private readonly Queue<(string Session, string Id)> _order = new();

    /// <summary>False if a message of the same session and id came before.</summary>
    internal bool IsNew(MessageHeader header)
    {
        var key = (header.Session, header.Id);
        if (!_seen.Add(key))
            return false;
        _order.Enqueue(key);
        if (_order.Count > capacity)
            _seen.Remove(_order.Dequeue());
        return true;
    }
}
