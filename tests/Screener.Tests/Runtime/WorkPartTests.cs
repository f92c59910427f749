using Screener.Errors;
using Screener.Runtime;

namespace Screener.Tests.Runtime;

public sealed class WorkPartTests
{
    [Theory]
    [InlineData("1/1", 1, 1)]
    [InlineData("3/10", 3, 10)]
    [InlineData("10/10", 10, 10)]
    public void APartIsRead(string text, int number, int count)
    {
        var part = WorkPart.Parse(text, "--part");
        Assert.Equal((new WorkPart(number, count), text), (part, part.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("3")]
    [InlineData("0/3")]
    [InlineData("4/3")]
    [InlineData("-1/3")]
    [InlineData("1/3/4")]
    [InlineData("a/b")]
    [InlineData("1/9999999")]
    public void WhatIsNoPartIsRefused(string text) =>
        Assert.Contains("as in 3/10", Assert.Throws<OptionException>(() => WorkPart.Parse(text, "--part")).Message);

    [Fact]
    public void EveryItemBelongsToOnePart()
    {
        var parts = Enumerable.Range(1, 7).Select(n => new WorkPart(n, 7)).ToList();
        Assert.All(Enumerable.Range(0, 100), i => Assert.Single(parts, p => p.Has(i)));
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=0", "4/4")]
    [InlineData("SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1", "1/4")]
    [InlineData("SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=2", "4/4")]
    [InlineData("JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=5", "1/5")]
    [InlineData("JOB_COMPLETION_INDEX=0", null)]
    public void ASchedulersVariablesNameAPart(string variables, string? part)
    {
        var values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(v => v.Split('='))
            .ToDictionary(v => v[0], v => v[1]);
        Assert.Equal(part, WorkPart.OfScheduler(values.GetValueOrDefault)?.ToString());
    }

    [Fact]
    public void AnArrayWithGapsIsRefused()
    {
        // Tasks 3 and 7, run again: the variables do not say of how many.
        var values = new Dictionary<string, string>
        {
            ["SLURM_ARRAY_TASK_ID"] = "7", ["SLURM_ARRAY_TASK_COUNT"] = "2", ["SLURM_ARRAY_TASK_MIN"] = "3",
        };
        Assert.Contains("--part", Assert.Throws<OptionException>(() => WorkPart.OfScheduler(values.GetValueOrDefault)).Message);
    }
}
