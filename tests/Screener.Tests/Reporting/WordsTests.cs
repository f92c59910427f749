using Screener.Reporting;

namespace Screener.Tests.Reporting;

public sealed class WordsTests
{
    [Theory]
    [InlineData("-1000 to 300 HU", "−1000 to 300 HU")]
    [InlineData("[-0.5, -.7] (-3)", "[−0.5, −.7] (−3)")]
    [InlineData("3 x 3 x 3 mm, 16 channels x 2", "3 × 3 × 3 mm, 16 channels × 2")]
    [InlineData("LIDC-IDRI-0314 of 2000-01-02, case_-1, a/-2", "LIDC-IDRI-0314 of 2000-01-02, case_-1, a/-2")]
    [InlineData("gamma-ray, x to the right", "gamma-ray, x to the right")]
    [InlineData("1e-3 and 5 - 3", "1e-3 and 5 - 3")]
    public void MinusAndTimesAreThoseOfPrint(string typed, string printed) => Assert.Equal(printed, Words.Signs(typed));

    [Fact]
    public void APlaceIsSaidWithoutASign()
    {
        Assert.Equal("R 57.7 P 130.6 S 522.2", Words.Place(57.7, -130.6, 522.2));
        Assert.Equal("L 0.5 A 0.0 I 1.0", Words.Place(-0.5, 0, -1));
    }
}
