using Screener.Runtime;

namespace Screener.Tests.Runtime;

public sealed class TorchNativesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void BesideAProgram()
    {
        string program = Folder("program");
        string torchSharp = Make("program/runtimes/linux-x64/native/libLibTorchSharp.so"), torch = Make(
            "program/runtimes/linux-x64/native/libtorch.so");
        var natives = TorchNatives.Find(program, [program], "2.10.0", "cpu");
        Assert.Equal(new TorchNatives(torchSharp, torch), natives);
        Assert.True(natives!.AreTogether);
    }

    [Fact]
    public void PublishedFlat()
    {
        string torchSharp = Make("program/libLibTorchSharp.so"), torch = Make("program/libtorch.so");
        Assert.Equal(new TorchNatives(torchSharp, torch), TorchNatives.Find(Folder("program"), [], "2.10.0", "cpu"));
    }

    [Fact]
    public void InPackagesEachInItsOwn()
    {
        string library = Folder("packages/torchsharp/0.107.0/lib/net8.0");
        string torchSharp = Make("packages/torchsharp/0.107.0/runtimes/linux-x64/native/libLibTorchSharp.so");
        Make("packages/libtorch-cpu-linux-x64/2.7.1/runtimes/linux-x64/native/libtorch.so");
        string torch = Make("packages/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native/libtorch.so");
        string cuda = Make("packages/libtorch-cuda-12.8-linux-x64-part1/2.10.0/runtimes/linux-x64/native/libtorch.so");
        var natives = TorchNatives.Find(library, [], "2.10.0", "cpu");
        Assert.Equal(new TorchNatives(torchSharp, torch), natives);
        Assert.False(natives!.AreTogether);
        Assert.Equal(new TorchNatives(torchSharp, cuda), TorchNatives.Find(library, [], "2.10.0", "cuda-linux"));
    }

    [Fact]
    public void ThePackagesGoBeforeTheProgramThatHostsANotebook()
    {
        string library = Folder("packages/torchsharp/0.107.0/lib/net8.0");
        string torchSharp = Make("packages/torchsharp/0.107.0/runtimes/linux-x64/native/libLibTorchSharp.so");
        string torch = Make("packages/libtorch-cpu-linux-x64/2.10.0/runtimes/linux-x64/native/libtorch.so");
        Make("kernel/runtimes/linux-x64/native/libLibTorchSharp.so");
        Make("kernel/runtimes/linux-x64/native/libtorch.so");
        Assert.Equal(new TorchNatives(torchSharp, torch), TorchNatives.Find(library, [Folder("kernel")], "2.10.0", "cpu"));
    }

    [Fact]
    public void NothingWhereOneOfTheTwoIsMissing()
    {
        Make("program/libLibTorchSharp.so");
        Assert.Null(TorchNatives.Find(Folder("program"), [], "2.10.0", "cpu"));
        Assert.Null(TorchNatives.Find("", [], "2.10.0", "cpu"));
    }

    private string Folder(string path) => Directory.CreateDirectory(_folder[path]).FullName;

    private string Make(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[path])!);
        File.WriteAllBytes(_folder[path], []);
        return _folder[path];
    }
}
