namespace Screener.Cli.Tests;

public sealed class ForecastTests
{
    [Fact]
    public void TheRestIsForecastOnceASecondHasBeenMeasured()
    {
        var forecast = new Forecast();
        Assert.Null(forecast.Of(0.02, TimeSpan.FromSeconds(30))); // the start does not count
        Assert.Null(forecast.Of(0.03, TimeSpan.FromSeconds(30.5)));
        Assert.Equal(94, forecast.Of(0.06, TimeSpan.FromSeconds(34))!.Value.TotalSeconds, 0.1);
        Assert.Null(forecast.Of(0.1, TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public void ShortWorkAndWorkThatDoesNotMoveIsNotForecast()
    {
        var forecast = new Forecast();
        Assert.Null(forecast.Of(0.5, TimeSpan.Zero));
        Assert.Null(forecast.Of(0.5, TimeSpan.FromSeconds(5)));
        Assert.Null(forecast.Of(0.9, TimeSpan.FromSeconds(8)));
        Assert.Null(forecast.Of(0.91, TimeSpan.FromSeconds(80)));
    }

    [Theory]
    [InlineData(12, "about 10 seconds")]
    [InlineData(89, "about 90 seconds")]
    [InlineData(700, "about 12 minutes")]
    [InlineData(12_600, "about 3.5 hours")]
    public void TimesAreTold(int seconds, string words) => Assert.Equal(words, Forecast.Words(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void AnActivityTellsItOnItsFirstLine()
    {
        using var error = new StringWriter();
        var clock = new Clock();
        using (var activity = new PlainActivities(error, false, clock).Begin("Training"))
        {
            activity.Report(0.01);
            clock.Seconds++;
            activity.Report(0.02);
            activity.Report(0.03);
        }

        string[] lines = error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("Training: about 2 minutes on this machine", lines[0]);
        Assert.Single(lines, l => l.Contains("about", StringComparison.Ordinal));
    }

    [Fact]
    public void EachStageHasItsOwn()
    {
        using var error = new StringWriter();
        var clock = new Clock();
        using (var stages = new StageActivities(new PlainActivities(error, false, clock)))
        {
            stages.Report("Features", 0, "");
            stages.Report("Features", 1, "");
            stages.Report("Cells", 0, "");
            clock.Seconds++;
            stages.Report("Cells", 0.01, "");
        }

        Assert.StartsWith("Cells: about ", error.ToString());
    }

    private sealed class Clock : TimeProvider
    {
        internal long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
