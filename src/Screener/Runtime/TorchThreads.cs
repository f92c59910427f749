using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Screener.Runtime;

/// <summary>Threads on each of which torch computes alone, for work that is made of equal parts.</summary>
/// <remarks>
/// Torch divides every single operation among its threads. The maps of a small network are too small for that: two threads hardly
/// save time, and four none. A thread per part of a batch does not have to wait for the others.
/// </remarks>
internal static class TorchThreads
{
    private static readonly BlockingCollection<Action> Work = [];
    private static readonly Lock Growing = new();
    private static int _threads;

    /// <summary>Does the parts at the same time and waits for all; gradient and inference mode are those of the caller.</summary>
    /// <param name="parts">How many parts. A single one is done by the caller's own thread.</param>
    /// <param name="part">Does one part, in a dispose scope of its own.</param>
    internal static void Run(int parts, Action<int> part)
    {
        if (parts == 1)
        {
            part(0);
            return;
        }

        EnsureThreads(parts);
        bool gradients = is_grad_enabled(), inference = is_inference_mode_enabled();
        var failures = new ExceptionDispatchInfo?[parts];
        using var left = new CountdownEvent(parts);
        for (int i = 0; i < parts; i++)
        {
            int index = i;
            Work.Add(() =>
            {
                try
                {
                    using var mode = inference ? inference_mode() : set_grad_enabled(gradients);
                    part(index);
                }
                catch (Exception e)
                {
                    failures[index] = ExceptionDispatchInfo.Capture(e);
                }
                finally
                {
                    left.Signal();
                }
            });
        }

        left.Wait();
        failures.FirstOrDefault(f => f is not null)?.Throw();
    }

    private static void EnsureThreads(int count)
    {
        lock (Growing)
        {
            if (_threads >= count)
                return;
            int callers = get_num_threads();
            using var ready = new CountdownEvent(count - _threads);
            for (; _threads < count; _threads++)
            {
                new Thread(() =>
                {
                    // Torch gives a thread the number of all when it is first asked for it.
                    set_num_threads(1);
                    _ = get_num_threads();
                    ready.Signal();
                    foreach (var action in Work.GetConsumingEnumerable())
                        action();
                })
                { IsBackground = true, Name = "torch" }.Start();
            }

            // Torch sets the number for the calling thread, and for threads that are yet to start.
            ready.Wait();
            set_num_threads(callers);
        }
    }
}
