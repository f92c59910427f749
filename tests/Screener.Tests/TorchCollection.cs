using Screener.Runtime;

namespace Screener.Tests;

/// <summary>Tests that use torch share its global state (threads, generator, scopes) and run one at a time.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TorchCollection : ICollectionFixture<TorchCollection.LoadedTorch>
{
    public const string Name = "torch";

    /// <summary>Readies libtorch, since a test run by itself may use it before any type of the library.</summary>
    public sealed class LoadedTorch
    {
        public LoadedTorch() => TorchRuntime.EnsureLoaded();
    }
}
