using Screener.Reporting;
using TorchSharp;

namespace Screener.Tests.Reporting;

[Collection(TorchCollection.Name)]
public sealed class MatrixProductRateTests
{
    [Theory]
    [InlineData(torch.ScalarType.Float32)]
    [InlineData(torch.ScalarType.BFloat16)]
    public void TheRateIsANumberAndNothingLeaks(torch.ScalarType type) => TensorLeaks.Check(() =>
    {
        Assert.InRange(MatrixProductRate.Measure(torch.CPU, type, 64, TimeSpan.Zero, TestContext.Current.CancellationToken), 1e3, 1e17);
    });
}
