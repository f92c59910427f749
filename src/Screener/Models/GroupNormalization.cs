using Screener.Runtime;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Screener.Models;

/// <summary>Group normalisation; its statistics are float32 whatever the type of the map.</summary>
/// <remarks>In place of TorchSharp's own, whose weights start as uninitialised memory.</remarks>
internal sealed class GroupNormalization : nn.Module
{
    /// <summary>Added to the variance.</summary>
    internal const double Epsilon = 1e-5;

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

    /// <summary>Maps [N, C, D, H, W] or rows [N, C], normalised and then through SiLU.</summary>
    internal Tensor ForwardActivated(Tensor x)
    {
        if (x.device.type == DeviceType.CPU)
            return NormalizedActivation.Of(x, weight, bias, _groups, Epsilon);
        using var scope = NewDisposeScope();
        Tensor map = x.dim() == 2 ? x.unsqueeze(2) : x;
        Tensor normal = nn.functional.group_norm(map, _groups, weight.to_type(x.dtype), bias.to_type(x.dtype), Epsilon);
        return nn.functional.silu(normal.view(x.shape)).MoveToOuterDisposeScope();
    }
}
