using System.Collections.Concurrent;
using Screener.Kernel.Language;

namespace Screener.Kernel.Tests.Language;

/// <summary>Keeps what a cell puts out, in its order.</summary>
internal sealed class RecordingOutput : ICellOutput
{
    private readonly ConcurrentQueue<object> all = new();

    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public sealed record Printed(string Text, bool IsError);

    public sealed record Shown(MimeBundle Data, string? DisplayId);

    public sealed record Updated(MimeBundle Data, string DisplayId);

    public int CellNumber { get; init; }

    public IEnumerable<object> All => all;

    public string Out => string.Concat(all.OfType<Printed>().Where(printed => !printed.IsError).Select(printed => printed.Text));

    public string Error => string.Concat(all.OfType<Printed>().Where(printed => printed.IsError).Select(printed => printed.Text));

    public IReadOnlyList<Shown> Displays => [.. all.OfType<Shown>()];

    public IReadOnlyList<Updated> Updates => [.. all.OfType<Updated>()];

    /// <summary>Ends when the cell prints for the first time.</summary>
    public Task Begun => begun.Task;

    public void Print(string text, bool isError = false)
    {
        all.Enqueue(new Printed(text, isError));
        begun.TrySetResult();
    }

    public void Show(MimeBundle data, string? displayId = null) => all.Enqueue(new Shown(data, displayId));

    public void Update(MimeBundle data, string displayId) => all.Enqueue(new Updated(data, displayId));
}
