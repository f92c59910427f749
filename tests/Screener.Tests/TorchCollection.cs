namespace Screener.Tests;

/// <summary>Tests that use torch share its global state (threads, generator, scopes) and run one at a time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchCollection
{
    public const string Name = "torch";
}
