using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>A network's pass over a batch in equal shares, each on a thread of its own where torch has several on the CPU.</summary>
/// <remarks>For networks in which the samples of a batch do not see each other. See <see cref="TorchThreads"/>.</remarks>
internal sealed class BatchShares
{
    private readonly Tensor[] _outputs;
    private readonly IReadOnlyList<Parameter> _parameters;

    private BatchShares(Tensor[] outputs, IReadOnlyList<Parameter> parameters)
    {
        (_outputs, _parameters) = (outputs, parameters);
        Output = outputs.Length == 1 ? outputs[0] : cat([.. outputs.Select(o => o.detach())]).requires_grad_(true);
    }

    /// <summary>The outputs of all shares, one after the other along the first axis; in the scope of the caller.</summary>
    internal Tensor Output { get; }

    /// <summary>A pass that is only looked at.</summary>
    /// <param name="samples">Samples in the batch.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="pass">The output of some samples: the first one's number, and how many. Runs in a dispose scope.</param>
    /// <returns>The outputs, one after the other along the first axis; the caller owns them.</returns>
    internal static Tensor Compute(int samples, Device device, Func<int, int, Tensor> pass)
    {
        using var scope = NewDisposeScope();
        Tensor[] outputs = Outputs(samples, device, pass);
        return (outputs.Length == 1 ? outputs[0] : cat(outputs)).MoveToOuterDisposeScope();
    }

    /// <summary>A pass whose gradients are wanted: call <see cref="Backward"/> when <see cref="Output"/> has its own.</summary>
    /// <param name="samples">Samples in the batch.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="parameters">The parameters that the pass uses, all of them.</param>
    /// <param name="pass">As in <see cref="Compute"/>.</param>
    internal static BatchShares Trace(int samples, Device device, IReadOnlyList<Parameter> parameters, Func<int, int, Tensor> pass) =>
        new(Outputs(samples, device, pass), parameters);

    /// <summary>Gives the parameters their gradients: the sums of the shares', in order, so that as many threads give the same bits.</summary>
    internal void Backward()
    {
        // One share is part of its caller's graph.
        if (_outputs.Length == 1)
            return;
        Tensor slope = Output.grad!;
        long[] starts = new long[_outputs.Length];
        for (int i = 1; i < starts.Length; i++)
            starts[i] = starts[i - 1] + _outputs[i - 1].shape[0];
        var gradients = new IList<Tensor>[_outputs.Length];
        TorchThreads.Run(_outputs.Length, share =>
        {
            using var scope = NewDisposeScope();
            Tensor output = _outputs[share];
            gradients[share] = autograd.grad([output], [.. _parameters], [slope.narrow(0, starts[share], output.shape[0])]);
            foreach (Tensor gradient in gradients[share])
                gradient.DetachFromDisposeScope();
            NormalizedActivation.Release();
        });
        using var guard = no_grad();
        for (int i = 0; i < _parameters.Count; i++)
        {
            for (int share = 1; share < gradients.Length; share++)
            {
                gradients[0][i].Increase(gradients[share][i]);
                gradients[share][i].Dispose();
            }

            _parameters[i].grad = gradients[0][i];
            gradients[0][i].Dispose();
        }
    }

    private static Tensor[] Outputs(int samples, Device device, Func<int, int, Tensor> pass)
    {
        int shares = device.type == DeviceType.CPU ? Math.Min(samples, get_num_threads()) : 1;
        var outputs = new Tensor[shares];
        TorchThreads.Run(shares, share =>
        {
            using var scope = NewDisposeScope();
            int first = samples * share / shares;
            outputs[share] = pass(first, (samples * (share + 1) / shares) - first).DetachFromDisposeScope();
        });
        for (int share = 0; share < shares; share++)
        {
            // Known to this thread's scope from here on.
            using Tensor own = outputs[share];
            outputs[share] = own.alias();
        }

        return outputs;
    }
}
