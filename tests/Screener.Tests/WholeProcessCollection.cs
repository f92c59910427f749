namespace Screener.Tests;

/// <summary>Tests that change something of the whole process, such as its current folder, or measure it: alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class WholeProcessCollection
{
    public const string Name = "whole process";
}
