using Screener.Densities;
using Screener.Models;
using Screener.Randomness;
using Screener.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Densities;

[Collection(TorchCollection.Name)]
public sealed class DensityStateTests
{
    public static TheoryData<string> Kinds => ["gaussian", "conditional gaussian", "glow", "conditional glow"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void TheStateDictionaryHoldsEverything(string kind)
    {
        using var original = Make(kind, 1);
        using var features = SmallNetworks.Random(1, 2, 4, 3, 3, 3);
        using var stretched = (features * 3) + 5;
        using var condition = original.ConditionChannels == 0 ? null : SmallNetworks.Random(2, 2, 3, 3, 3, 3);
        original.InitializeFrom(stretched, condition);
        original.Shaken();
        using var copy = Make(kind, 2);
        copy.load_state_dict(original.state_dict());
        using var expected = original.NegativeLogLikelihood(stretched, condition);
        using var actual = copy.NegativeLogLikelihood(stretched, condition);
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EverythingMovesWithTheModule(string kind)
    {
        using var density = Make(kind, 1);
        using var features = SmallNetworks.Random(1, 2, 4, 3, 3, 3);
        using var condition = density.ConditionChannels == 0 ? null : SmallNetworks.Random(2, 2, 3, 3, 3, 3);
        density.InitializeFrom(features, condition);
        density.Shaken();
        using var expected = density.NegativeLogLikelihood(features, condition);

        // To another type and back: what did not move with the module would be of the wrong type, or thrown away.
        density.to(ScalarType.Float64);
        foreach (var (name, value) in density.state_dict())
            Assert.True(value.dtype == ScalarType.Float64, name);
        density.to(ScalarType.Float32);
        using var actual = density.NegativeLogLikelihood(features, condition);
        Assert.Equal(expected.data<float>().ToArray(), actual.data<float>().ToArray());
    }

    private static DensityModel Make(string kind, ulong seed) => kind switch
    {
        "gaussian" => new GaussianDensity(4, 0, GaussianDensityOptions.Quick, new RandomStream(seed)),
        "conditional gaussian" => new GaussianDensity(4, 3, GaussianDensityOptions.Quick, new RandomStream(seed)),
        "glow" => new GlowDensity(4, 0, new() { Blocks = 3, HiddenChannels = 8 }, new RandomStream(seed)),
        _ => new GlowDensity(4, 3, new() { Blocks = 3, HiddenChannels = 8 }, new RandomStream(seed)),
    };
}
