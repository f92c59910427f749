using Screener.Errors;
using Screener.Runtime;
using TorchSharp;

namespace Screener.Tests.Runtime;

[Collection(TorchCollection.Name)]
public sealed class TorchRuntimeTests
{
    [Fact]
    public void TorchLoadsAndMultiplies()
    {
        TorchRuntime.EnsureLoaded();
        using var a = torch.ones(3, 4);
        using var b = torch.ones(4, 5);
        using var c = a.matmul(b);
        Assert.Equal(new long[] { 3, 5 }, c.shape);
        Assert.Equal(4f, c[2, 4].item<float>());
    }

    [Fact]
    public void AskingForAGpuThatIsNotThereNamesWhatToDo()
    {
        Assert.SkipWhen(torch.cuda.is_available(), "this machine has a GPU");
        var error = Assert.Throws<DeviceUnavailableException>(() => ComputeDevice.Resolve("cuda:0"));
        Assert.Contains("--device cpu", error.Message);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1x")]
    [InlineData("")]
    public void UnknownDeviceNamesAreRefused(string name) =>
        Assert.Throws<OptionException>(() => ComputeDevice.Resolve(name));

    [Fact]
    public void AutoAlwaysResolves() => Assert.NotNull(ComputeDevice.Resolve("auto"));
}
