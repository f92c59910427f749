using TorchSharp;

namespace Screener.Tests;

[Collection(TorchCollection.Name)]
public sealed class TensorLeaksTests
{
    [Fact]
    public void ALeakIsSeen() =>
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => TensorLeaks.Check(() =>
        {
            torch.zeros(1);
        }));
}
