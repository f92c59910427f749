namespace Screener.Tests;

/// <summary>A folder of its own for one test, removed at its end.</summary>
public sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => FullName = Directory.CreateTempSubdirectory("screener-test-").FullName;

    public string FullName { get; }

    public string this[string name] => Path.Combine(FullName, name);

    public void Dispose() => Directory.Delete(FullName, recursive: true);
}
