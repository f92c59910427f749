namespace Screener.Evaluation;

/// <summary>The seeds of a run: two runs with the same data and options differ in nothing else.</summary>
/// <param name="Network">Seed of the networks.</param>
/// <param name="Density">Seed of the density that was fitted over them.</param>
public readonly record struct RunSeeds(ulong Network, ulong Density);
