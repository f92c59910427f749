using Screener.Baselines;
using Screener.Errors;

namespace Screener.Tests.Baselines;

public sealed class DiffusionScheduleTests
{
    [Fact]
    public void AsInClosedForm()
    {
        var schedule = new DiffusionSchedule();

        // The logarithm of the product, its sum by terms of t: -sum(b + b^2 / 2 + b^3 / 3 ...).
        foreach (int step in new[] { 1, 2, 250, 500, 1000 })
        {
            double slope = (0.02 - 1e-4) / 999, log = 0;
            for (int power = 1; power <= 12; power++)
                log -= Enumerable.Range(0, step).Sum(t => Math.Pow(1e-4 + (slope * t), power)) / power;
            var (crop, noise) = schedule.At(step);
            Assert.Equal(Math.Exp(log / 2), crop, 1e-9);
            Assert.Equal(1, (crop * crop) + (noise * noise), 1e-12);
        }

        Assert.Equal(Math.Sqrt(1 - 1e-4), schedule.At(1).Crop, 1e-12);
        Assert.InRange(schedule.At(1000).Crop, 0, 0.01);
    }

    [Fact]
    public void OneStepAfterTheOther()
    {
        // x_t is x_(t-1) with that step's noise: variances multiply.
        var schedule = new DiffusionSchedule { Steps = 10, FirstVariance = 0.1, LastVariance = 0.28 };
        for (int step = 2; step <= 10; step++)
        {
            double variance = 0.1 + (0.02 * (step - 1));
            Assert.Equal(schedule.At(step - 1).Crop * Math.Sqrt(1 - variance), schedule.At(step).Crop, 1e-12);
        }
    }

    [Fact]
    public void WrongOnesAreRefused()
    {
        Assert.Throws<OptionException>(() => new DiffusionSchedule().At(0));
        Assert.Throws<OptionException>(() => new DiffusionSchedule().At(1001));
        Assert.Throws<OptionException>(() => new DiffusionSchedule { LastVariance = 1e-5 }.Validate());
    }
}
