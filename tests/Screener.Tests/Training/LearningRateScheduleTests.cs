using Screener.Training;

namespace Screener.Tests.Training;

public sealed class LearningRateScheduleTests
{
    [Fact]
    public void ThePapersScheduleWarmsUpOverTenThousandOfThreeHundredThousandSteps()
    {
        var schedule = new LearningRateSchedule();
        Assert.Equal(3e-4, schedule.At(9_999, 300_000), 12);
        Assert.Equal(1.5e-4, schedule.At(4_999, 300_000), 12);
        Assert.Equal(1.5e-4, schedule.At(155_000, 300_000), 10); // half a cosine is at half of its height in the middle
        Assert.InRange(schedule.At(299_999, 300_000), 0, 1e-9);
    }

    [Theory]
    [InlineData(LearningRateDecay.Cosine)]
    [InlineData(LearningRateDecay.Linear)]
    public void RisesThenFallsAndNeverLeavesTheRange(LearningRateDecay decay)
    {
        var schedule = new LearningRateSchedule { Peak = 2, WarmUpFraction = 0.1, Decay = decay };
        var rates = Enumerable.Range(0, 100).Select(s => schedule.At(s, 100)).ToArray();
        Assert.Equal(2, rates.Max());
        int top = Array.IndexOf(rates, 2.0);
        Assert.Equal(9, top);
        for (int i = 1; i < rates.Length; i++)
            Assert.True(i <= top ? rates[i] > rates[i - 1] : rates[i] <= rates[i - 1]);
        Assert.All(rates, r => Assert.InRange(r, 0, 2));
    }

    [Fact]
    public void OneStepTrainsAtThePeak() => Assert.Equal(2, new LearningRateSchedule { Peak = 2 }.At(0, 1));
}
