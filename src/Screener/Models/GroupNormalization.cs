using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>Group normalisation; its statistics are float32 whatever the type of the map.</summary>
/// <remarks>In place of TorchSharp's own, whose weights start as uninitialised memory.</remarks>
internal sealed class GroupNormalization : nn.Module
{
    private const double Epsilon = 1e-5;
    private readonly Parameter weight;
    private readonly Parameter bias;
    private readonly int _groups;

    internal GroupNormalization(int channels, int? groups = null)
        : base(nameof(GroupNormalization))
    {
        _groups = groups ?? GroupsFor(channels);
        weight = WeightStart.Constant(1, channels);
        bias = WeightStart.Constant(0, channels);
        RegisterComponents();
    }

    /// <summary>min(channels / 4, 32), the paper's choice.</summary>
    internal static int GroupsFor(int channels) => Math.Min(channels / 4, 32);

    /// <summary>[N, C, ...] to the same shape.</summary>
    internal Tensor Forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return nn.functional.group_norm(x, _groups, weight.to_type(x.dtype), bias.to_type(x.dtype), Epsilon).MoveToOuterDisposeScope();
    }
}
