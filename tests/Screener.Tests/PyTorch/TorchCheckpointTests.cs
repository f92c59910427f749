using System.IO.Compression;
using Screener.PyTorch;
using Screener.Errors;
using TorchSharp;

namespace Screener.Tests.PyTorch;

/// <summary>Files of Debian's PyTorch, read as numbers.</summary>
[Collection(TorchCollection.Name)]
public sealed class TorchCheckpointTests(PythonCheckpoints files)
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void EveryTypeAndViewOfEveryProtocolIsReadAsPyTorchWroteIt(int protocol)
    {
        using var checkpoint = TorchCheckpoint.Open(files[$"every{protocol}.pt"]);
        Assert.Equal(18, checkpoint.Tensors.Count);
        Assert.Empty(checkpoint.Others);
        Assert.False(checkpoint.IsLightning);
        foreach (var (name, tensor) in checkpoint.Tensors)
        {
            Assert.Equal(RawFloats.Read(files[$"every.{name}"]), checkpoint.ReadFloats(name));
            Assert.True(tensor.Storage.Bytes >= tensor.Count, name);
        }

        Assert.Equal([5, 4, 6], checkpoint.Tensors["transposed"].Shape);
        Assert.Empty(checkpoint.Tensors["number"].Shape);
        Assert.Equal((TorchDataType.BFloat16, TorchDataType.Bool), (checkpoint.Tensors["bfloat16"].Type, checkpoint.Tensors["bool"].Type));
        TensorLeaks.Check(() => [checkpoint.Load("transposed"), checkpoint.Load("none"), checkpoint.Load("number")]);
        using var part = checkpoint.Load("part");
        Assert.Equal([2, 3, 3], part.shape);
        Assert.Equal(torch.ScalarType.Float32, part.dtype);
    }

    [Fact]
    public void ALightningCheckpointGivesItsStateDict()
    {
        using var checkpoint = TorchCheckpoint.Open(files["condition.ckpt"]);
        Assert.True(checkpoint.IsLightning);
        Assert.Equal("condition_model.unet.stem_conv.weight", checkpoint.Tensors.Keys.First());
        Assert.DoesNotContain("epoch", checkpoint.Tensors.Keys.Concat(checkpoint.Others));
    }

    [Fact]
    public void HarmlessValuesBesideTensorsAreNamed()
    {
        using var checkpoint = TorchCheckpoint.Open(files["harmless.pt"]);
        Assert.Equal("a", Assert.Single(checkpoint.Tensors).Key);
        Assert.Equal(["b", "c", "d", "e", "f"], checkpoint.Others);
        Assert.Throws<TorchFileException>(() => checkpoint.ReadFloats("b"));
    }

    [Fact]
    public void PicklesThatWouldExecuteAreRefusedByName()
    {
        string[] evil = files.All("evil");
        Assert.Equal(19, evil.Length);
        var names = new List<string>();
        foreach (string file in evil)
        {
            var error = Assert.Throws<RefusedGlobalException>(() => TorchCheckpoint.Open(file));
            Assert.Contains($"'{error.Global}'", error.Message);
            names.Add(error.Global);
        }

        Assert.False(File.Exists(files["executed"]));
        foreach (string name in (string[])["posix.system", "__builtin__.eval", "__builtin__.exec", "commands.Popen", "io.open",
            "__builtin__.getattr", "__builtin__.__import__", "importlib.import_module", "torch.serialization.load", "torch.hub.load",
            "pickle.loads", "numpy.load"])
            Assert.Contains(name, names);
        Assert.Equal("__main__.Scale", Assert.Throws<RefusedGlobalException>(() => TorchCheckpoint.Open(files["module.pt"])).Global);
        Assert.Equal(
            "torch.ComplexFloatStorage", Assert.Throws<RefusedGlobalException>(() => TorchCheckpoint.Open(files["complex.pt"])).Global);
    }

    [Fact]
    public void StateBesideTheWeightsMayNameAnythingAndIsLeftAlone()
    {
        using var checkpoint = TorchCheckpoint.Open(files["onecycle.ckpt"]);
        using var weights = TorchCheckpoint.Open(files["onecycle.pt"]);
        Assert.Equal(weights.Tensors.Keys, checkpoint.Tensors.Keys);
        foreach (string name in weights.Tensors.Keys)
            Assert.Equal(weights.ReadFloats(name), checkpoint.ReadFloats(name));
        Assert.Empty(checkpoint.Others);
        Assert.Empty(weights.LeftAlone);
        Assert.Contains("torch.optim.lr_scheduler.OneCycleLR", checkpoint.LeftAlone);
        Assert.Contains("__builtin__.getattr", checkpoint.LeftAlone);
    }

    [Fact]
    public void WhatWouldExecuteIsRefusedInTheStateDictAndLeftAloneBesideIt()
    {
        string[] beside = files.All("state-beside");
        Assert.Equal(19, beside.Length);
        foreach (string file in beside)
        {
            using var checkpoint = TorchCheckpoint.Open(file);
            Assert.Equal("a", Assert.Single(checkpoint.Tensors).Key);
            string Twin(string place) => files[Path.GetFileName(file).Replace("state-beside", place, StringComparison.Ordinal)];
            string name = Assert.Throws<RefusedGlobalException>(() => TorchCheckpoint.Open(Twin("evil"))).Global;
            Assert.Contains(name, checkpoint.LeftAlone);
            foreach (string place in (string[])["state-in", "state-key", "state-as"])
                Assert.Equal(name, Assert.Throws<RefusedGlobalException>(() => TorchCheckpoint.Open(Twin(place))).Global);
        }

        Assert.False(File.Exists(files["executed"]));
    }

    [Theory]
    [InlineData("old.pt", "torch.save(torch.load(")]
    [InlineData("script.pt", "TorchScript")]
    [InlineData("list.pt", "no dictionary")]
    [InlineData("nested.pt", "no tensor, but 'epoch', 'model'")]
    [InlineData("every.float32", "no zip file")]
    public void AnotherKindOfFileIsRefusedWithARemedy(string name, string mention) =>
        Assert.Contains(mention, Assert.Throws<TorchFileException>(() => TorchCheckpoint.Open(files[name])).Message);

    [Fact]
    public void AnAbsentFileIsNamed() => Assert.Contains(
        "absent.pt", Assert.Throws<MissingInputException>(() => TorchCheckpoint.Open("absent.pt")).Message);

    [Fact]
    public void AFlippedBitAnywhereInTheNumbersIsFound()
    {
        using var folder = new TemporaryFolder();
        byte[] bytes = File.ReadAllBytes(files["every2.pt"]);
        int at = bytes.AsSpan().IndexOf("data/0"u8) + 200;
        bytes[at] ^= 1;
        File.WriteAllBytes(folder["a.pt"], bytes);
        using var checkpoint = TorchCheckpoint.Open(folder["a.pt"]);
        Assert.Contains("checksum", Assert.Throws<TorchFileException>(() => checkpoint.ReadFloats("float32")).Message);
    }

    [Theory]
    [InlineData("compressed", "compressed")]
    [InlineData("big", "byte order 'big'")]
    [InlineData("short", "bytes in data/0")]
    [InlineData("two", "without one data.pkl")]
    [InlineData("none", "without one data.pkl")]
    public void AZipOfAnotherLayoutIsRefused(string kind, string mention)
    {
        using var folder = new TemporaryFolder();
        using (var everything = ZipFile.OpenRead(files["harmless.pt"]))
        using (var target = ZipFile.Open(folder["a.pt"], ZipArchiveMode.Create))
        {
            foreach (var entry in everything.Entries)
            {
                using var from = entry.Open();
                using var memory = new MemoryStream();
                from.CopyTo(memory);
                byte[] content = memory.ToArray();
                if (kind == "short" && entry.FullName.EndsWith("data/0", StringComparison.Ordinal))
                    content = content[..^4];
                if (kind != "none" || !entry.FullName.EndsWith("data.pkl", StringComparison.Ordinal))
                    Put(target, entry.FullName, content, kind == "compressed");
                if (kind == "two" && entry.FullName.EndsWith("data.pkl", StringComparison.Ordinal))
                    Put(target, "another/data.pkl", content, false);
            }

            if (kind == "big")
                Put(target, "harmless/byteorder", "big"u8.ToArray(), false);
        }

        Assert.Contains(mention, Assert.Throws<TorchFileException>(() =>
        {
            using var checkpoint = TorchCheckpoint.Open(folder["a.pt"]);
            checkpoint.ReadFloats("a");
        }).Message);

        static void Put(ZipArchive zip, string name, byte[] content, bool compressed)
        {
            using var stream = zip.CreateEntry(name, compressed ? CompressionLevel.Optimal : CompressionLevel.NoCompression).Open();
            stream.Write(content);
        }
    }
}
