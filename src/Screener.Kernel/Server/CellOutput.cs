using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Screener.Kernel.Language;

namespace Screener.Kernel.Server;

/// <summary>
/// One cell's output on its way to the front ends: printed text in batches, at a pace that they can follow, all of it under the cell's
/// own header even if a thread of the cell prints after its end, and no more of it than the limits allow.
/// </summary>
/// <remarks>A printing thread waits while the front ends are behind, unless the cell was stopped.</remarks>
internal sealed class CellOutput : ICellOutput
{
    // Jupyter drops what comes faster than 1 MB a second over three seconds.
    private const int BytesPerSecond = 800_000, Burst = 1 << 20;

    // So much may wait unsent before the printing thread has to.
    private const int Backlog = 1 << 18;

    private const int ShownBytesPerSecond = 10_000_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    private readonly IoPub _ioPub;
    private readonly ReadOnlyMemory<byte> _parent;
    private readonly OutputLimits _limits;
    private readonly CancellationToken _stop;
    private readonly bool _silent;
    private readonly Lock _turn = new();
    private readonly List<(bool IsError, StringBuilder Text)> _text = [];
    private readonly Dictionary<string, MimeBundle> _updates = [];
    private readonly ManualResetEventSlim _never = new();
    private readonly Timer _later;
    private int _waiting, _messages;
    private long _textBytes, _bytes, _flushed, _nextUpdate;
    private double _credit = Burst;
    private bool _textEnded, _valuesEnded, _armed;

    /// <param name="ioPub">Where it goes.</param>
    /// <param name="parent">The header frame of the request that runs the cell.</param>
    /// <param name="limits">How much may go.</param>
    /// <param name="silent">True if nothing is to be seen.</param>
    /// <param name="stop">The cell was stopped: nobody waits any more.</param>
    internal CellOutput(IoPub ioPub, ReadOnlyMemory<byte> parent, OutputLimits limits, bool silent, CancellationToken stop)
    {
        (_ioPub, _parent, _limits, _silent, _stop) = (ioPub, parent, limits, silent, stop);
        _flushed = Now;
        _later = new Timer(_ => OnLater());
    }

    /// <inheritdoc/>
    public int CellNumber { get; init; }

    private static long Now => TimeProvider.System.GetTimestamp();

    /// <inheritdoc/>
    public void Print(string text, bool isError = false)
    {
        if (_silent || string.IsNullOrEmpty(text))
            return;
        lock (_turn)
        {
            if (_textEnded)
                return;
            Append(text, isError);
        }

        while (!Sent() && !_stop.IsCancellationRequested)
        {
            try
            {
                _never.Wait(Interval, _stop);
            }
            catch (OperationCanceledException)
            {
                // What waits is sent at the cell's end.
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Show(MimeBundle data, string? displayId = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        var content = new JsonObject
        {
            ["data"] = MimeJson.Data(data), ["metadata"] = MimeJson.Metadata(data), ["transient"] = Transient(displayId),
        };
        Value("display_data", data, content);
    }

    /// <inheritdoc/>
    public void Update(MimeBundle data, string displayId)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(displayId);
        if (_silent)
            return;
        lock (_turn)
        {
            if (MimeJson.Size(data) > _limits.Bytes)
            {
                EndValues();
                return;
            }

            // Of updates that come faster than anybody can see only the latest is sent.
            _updates[displayId] = data;
            if (Now >= _nextUpdate)
                FlushUpdates();
            else
                Arm();
        }
    }

    /// <summary>The value of the cell's last expression.</summary>
    internal void Result(MimeBundle data, int executionCount)
    {
        var content = new JsonObject
        {
            ["data"] = MimeJson.Data(data), ["metadata"] = MimeJson.Metadata(data), ["execution_count"] = executionCount,
        };
        Value("execute_result", data, content);
    }

    /// <summary>Sends all that still waits: the cell has ended. What its threads print later is still taken.</summary>
    internal void Flush()
    {
        lock (_turn)
            FlushAll();
    }

    private static JsonObject Transient(string? displayId) => displayId is null ? [] : new JsonObject { ["display_id"] = displayId };

    private void Value(string type, MimeBundle data, JsonObject content)
    {
        if (_silent)
            return;
        lock (_turn)
        {
            FlushAll();
            long size = MimeJson.Size(data);
            if (_messages >= _limits.Messages || _bytes + size > _limits.Bytes)
            {
                EndValues();
                return;
            }

            _messages++;
            _bytes += size;
            _ioPub.Publish(type, _parent, content);
        }
    }

    private void Append(string text, bool isError)
    {
        long room = Math.Min(_limits.TextBytes - _textBytes, _limits.Bytes - _bytes);
        int bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes <= room)
        {
            Segment(isError).Append(text);
            (_textBytes, _bytes, _waiting) = (_textBytes + bytes, _bytes + bytes, _waiting + bytes);
            return;
        }

        byte[] scratch = ArrayPool<byte>.Shared.Rent((int)Math.Max(room, 4));
        Utf8.FromUtf16(text, scratch.AsSpan(0, (int)room), out int taken, out int written);
        ArrayPool<byte>.Shared.Return(scratch);
        Segment(isError).Append(text, 0, taken);
        _waiting += written;
        (_textBytes, _bytes, _textEnded) = (_limits.TextBytes, _bytes + written, true);
        Segment(isError: true).Append(
            CultureInfo.InvariantCulture, $"\n[This cell printed more than {Size(_limits.TextBytes)}; the rest is not shown.]\n");
    }

    private StringBuilder Segment(bool isError)
    {
        if (_text.Count == 0 || _text[^1].IsError != isError)
            _text.Add((isError, new StringBuilder()));
        return _text[^1].Text;
    }

    private void EndValues()
    {
        if (_valuesEnded)
            return;
        _valuesEnded = true;
        Segment(isError: true).Append(
            CultureInfo.InvariantCulture,
            $"[This cell showed more than {_limits.Messages} values or {Size(_limits.Bytes)}; the rest is not shown.]\n");
        FlushText(int.MaxValue);
    }

    private static string Size(long bytes) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(bytes >= 1 << 20 ? bytes / (double)(1 << 20) : bytes / 1024.0):0.#} {(bytes >= 1 << 20 ? "MB" : "KB")}");

    /// <summary>Sends what may be sent now; false if too much still waits.</summary>
    private bool Sent()
    {
        lock (_turn)
        {
            if (TimeProvider.System.GetElapsedTime(_flushed) >= Interval)
                FlushPaced();
            if (_text.Count > 0)
                Arm();
            return _waiting <= Backlog;
        }
    }

    private void OnLater()
    {
        lock (_turn)
        {
            _armed = false;
            FlushPaced();
            if (_updates.Count > 0 && Now >= _nextUpdate)
                FlushUpdates();
            if (_text.Count > 0 || _updates.Count > 0)
                Arm();
        }
    }

    private void Arm()
    {
        if (_armed)
            return;
        _armed = true;
        _later.Change(Interval, Timeout.InfiniteTimeSpan);
    }

    private void FlushPaced()
    {
        _credit = Math.Min(Burst, _credit + TimeProvider.System.GetElapsedTime(_flushed).TotalSeconds * BytesPerSecond);
        _flushed = Now;
        _credit -= FlushText((int)_credit);
    }

    private void FlushAll()
    {
        FlushText(int.MaxValue);
        FlushUpdates();
    }

    private int FlushText(int most)
    {
        bool all = most == int.MaxValue;
        int sent = 0;
        while (_text.Count > 0 && sent < most)
        {
            var (isError, builder) = _text[0];
            string text = builder.ToString();
            byte[] scratch = ArrayPool<byte>.Shared.Rent((int)Math.Min(most - (long)sent, 3L * text.Length + 4));

            // The first half of a surrogate pair waits for the second one.
            Utf8.FromUtf16(
                text, scratch.AsSpan(0, (int)Math.Min(most - (long)sent, scratch.Length)), out int taken, out int written,
                isFinalBlock: all || _text.Count > 1);
            if (written > 0)
                _ioPub.Stream(isError, scratch.AsSpan(0, written), _parent);
            ArrayPool<byte>.Shared.Return(scratch);
            sent += written;
            _waiting = Math.Max(0, _waiting - written);
            if (taken == text.Length)
                _text.RemoveAt(0);
            else
                _text[0].Text.Remove(0, taken);
            if (taken < text.Length)
                break;
        }

        return sent;
    }

    private void FlushUpdates()
    {
        long bytes = 0;
        foreach (var (id, data) in _updates)
        {
            bytes += MimeJson.Size(data);
            _ioPub.Publish(
                "update_display_data", _parent,
                new JsonObject { ["data"] = MimeJson.Data(data), ["metadata"] = MimeJson.Metadata(data), ["transient"] = Transient(id) });
        }

        if (_updates.Count > 0)
            _nextUpdate = Now
                + (long)((Interval.TotalSeconds + bytes / (double)ShownBytesPerSecond) * TimeProvider.System.TimestampFrequency);
        _updates.Clear();
    }
}
