using Screener.Annotations;

namespace Screener.Tests.Annotations;

public sealed class TotalSegmentatorTests
{
    [Theory]
    [InlineData(1, "spleen")]
    [InlineData(26, "vertebrae_S1")]
    [InlineData(27, "vertebrae_L5")]
    [InlineData(50, "vertebrae_C1")]
    [InlineData(51, "heart")]
    [InlineData(90, "brain")]
    [InlineData(103, "rib_left_12")]
    [InlineData(104, "rib_right_1")]
    [InlineData(117, "costal_cartilages")]
    public void ItsNumbersHaveItsNames(byte label, string name)
    {
        Assert.Equal(117, TotalSegmentator.Names.Count);
        Assert.Equal(name, TotalSegmentator.Names[label]);
    }
}
