using Screener.Interactive.Viewer;
using Screener.Reporting;

namespace Screener.Interactive.Tests.Viewer;

public sealed class LevelTableTests
{
    public static TheoryData<string> Tables => ["fine", "coarse", "scores"];

    [Theory]
    [MemberData(nameof(Tables))]
    public void ANumberLiesInItsLevel(string name)
    {
        var table = Table(name);
        var (first, last) = (table.Interval(1), table.Interval((byte)table.Count));
        double previous = first.Low;
        for (byte level = 1; level <= table.Count && level != 0; level++)
        {
            var (low, high) = table.Interval(level);
            Assert.Equal(previous, low, 1e-9);
            Assert.True(high > low);
            Assert.Equal(level, table.LevelOf((low + high) / 2));
            previous = high;
            if (level == byte.MaxValue)
                break;
        }

        Assert.Equal(1, table.LevelOf(first.Low - 1e6));
        Assert.Equal(table.Count, table.LevelOf(last.High + 1e6));
        Assert.Equal(1, table.LevelOf(double.NegativeInfinity));
        Assert.Equal(table.Count, table.LevelOf(double.PositiveInfinity));
        Assert.Equal(0, table.LevelOf(double.NaN));
    }

    [Theory]
    [InlineData("fine", 2, 6, 10)]
    [InlineData("coarse", 4, 12, 20)]
    public void TheStepsAreThoseOfTheCaption(string name, double soft, double lung, double bone)
    {
        var table = Table(name);
        for (double hu = -951.7; hu < 1499; hu += 0.7)
        {
            var (low, high) = table.Interval(table.LevelOf(hu));
            Assert.InRange(hu, low, high);
            Assert.Equal(hu < -160 ? lung : hu < 240 ? soft : bone, (high - low) / 2, 1e-9);
        }
    }

    private static LevelTable Table(string name) => name switch
    {
        "fine" => LevelTable.FineHu,
        "coarse" => LevelTable.CoarseHu,
        _ => LevelTable.Scores(-3.5, new ScoreRange(-1, 4.25), 99),
    };
}
