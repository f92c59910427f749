using Screener.Errors;
using Screener.Interactive.Lessons;

namespace Screener.Tests.Interactive.Lessons;

public sealed class LessonSettingsTests
{
    [Fact]
    public void TheEnvironmentOverridesEveryField()
    {
        var variables = new Dictionary<string, string>
        {
            ["SCREENER_PROFILE"] = "paper", ["SCREENER_SEED"] = "7", ["SCREENER_DESCRIPTOR_STEPS"] = "20",
            ["SCREENER_ARTIFACTS"] = "/tmp/x",
            ["SCREENER_TEST_CASES"] = "1", ["SCREENER_THREADS"] = "",
        };
        var settings = (LessonSettings.Quick with { Threads = 3 }).From(variables.GetValueOrDefault);
        Assert.Equal(
            ("paper", 7ul, 20L, "/tmp/x", 1, 3),
            (settings.Profile, settings.Seed, settings.DescriptorSteps, settings.Artifacts, settings.TestCases, settings.Threads));
        Assert.Equal(LessonSettings.Quick.ConditionSteps, settings.ConditionSteps);
        Assert.Equal(20, settings.Descriptor.Optimisation.Steps);
        Assert.True(settings.Condition.Masked);
        Assert.Equal(
            ["SCREENER_DESCRIPTOR_STEPS=20", "SCREENER_SEED=7", "SCREENER_TEST_CASES=1"],
            settings.FromOutside.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ALessonSaysThatItsNumbersAreNotItsOwn()
    {
        using var folder = new TemporaryFolder();
        var said = new List<string>();
        var quick = LessonSettings.Quick with { Artifacts = folder["a"] };
        _ = new LessonWorkspace(quick.From(_ => null), said.Add);
        Assert.Empty(said);
        _ = new LessonWorkspace(quick.From(n => n == "SCREENER_FIT_STEPS" ? "30" : null), said.Add);
        Assert.Contains("SCREENER_FIT_STEPS=30", Assert.Single(said));
    }

    [Theory]
    [InlineData("SCREENER_DESCRIPTOR_STEPS", "many")]
    [InlineData("SCREENER_DESCRIPTOR_STEPS", "0")]
    [InlineData("SCREENER_SEED", "-1")]
    [InlineData("SCREENER_PROFILE", "huge")]
    public void AWrongVariableIsNamed(string name, string value)
    {
        var error = Assert.Throws<OptionException>(() => LessonSettings.Quick.From(n => n == name ? value : null));
        Assert.Contains(value, error.Message);
    }
}
