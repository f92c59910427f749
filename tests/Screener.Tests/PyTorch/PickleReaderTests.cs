using System.Buffers.Binary;
using Screener.PyTorch;
using Screener.Errors;

namespace Screener.Tests.PyTorch;

/// <summary>Pickles written by hand, byte for byte.</summary>
public sealed class PickleReaderTests
{
    private static object? Read(byte[] pickle) =>
        PickleReader.Read(
            "file.pt", pickle, TorchGlobals.Find,
            id => id is PickleTuple ? TorchGlobals.Storage(id) : throw new TorchFileException("file.pt", "an id", "a tuple", "None."));

    private static byte[] Pickle(params object[] parts) => [0x80, 2, .. parts.SelectMany(p => p switch
    {
        string s => s.Select(c => (byte)c),
        int i => [(byte)i],
        byte[] b => b,
        _ => throw new ArgumentException("part"),
    })];

    private static byte[] Number(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    [Fact]
    public void NumbersStringsAndContainersAreRead()
    {
        Assert.Null(Read(Pickle("N.")));
        Assert.Equal(true, Read(Pickle(0x88, ".")));
        Assert.Equal(-2L, Read(Pickle("J", Number(unchecked((uint)-2)), ".")));
        Assert.Equal(-129L, Read(Pickle(0x8a, 2, 0x7f, 0xff, ".")));
        Assert.Equal(0L, Read(Pickle(0x8a, 0, ".")));
        Assert.Equal(1.5, Read(Pickle("G", 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, ".")));
        Assert.Equal("h\u00e9", Read(Pickle("X", Number(3), "h", 0xc3, 0xa9, ".")));
        var list = Assert.IsType<PickleList>(Read(Pickle("](K", 1, "K", 2, "eK", 3, "a.")));
        Assert.Equal([1L, 2L, 3L], list.Items);
        var dictionary = Assert.IsType<PickleDictionary>(
            Read(Pickle("}(X", Number(1), "aK", 1, "X", Number(1), "bK", 2, "uX", Number(1), "aK", 9, "s.")));
        Assert.Equal(["a", "b"], dictionary.Names);
        Assert.True(dictionary.TryGet("a", out object? last));
        Assert.Equal(9L, last);
        var tuple = Assert.IsType<PickleTuple>(Read(Pickle("K", 1, "q", 0, "h", 0, 0x86, ".")));
        Assert.Equal([1L, 1L], tuple.Items);
    }

    [Theory]
    [InlineData("cposix\nsystem\n.", "posix.system")]
    [InlineData("c__builtin__\neval\n(X\u0001\0\0\0atR.", "__builtin__.eval")]
    [InlineData("cbuiltins\nexec\n.", "builtins.exec")]
    [InlineData("ccollections\nCounter\n.", "collections.Counter")]
    [InlineData("ctorch\nload\n.", "torch.load")]
    [InlineData("ctorch._utils\n_rebuild_device_tensor_from_numpy\n.", "torch._utils._rebuild_device_tensor_from_numpy")]
    [InlineData("ctorch\nos.system\n.", "torch.os.system")]
    [InlineData("X\u0005\0\0\0posixX\u0006\0\0\0system\u0093.", "posix.system")]
    [InlineData("\u008c\u000bcollections\u008c\u0017OrderedDict.fromkeys.x\0\u0093.", "collections.OrderedDict.fromkeys.x\0")]
    public void AnyOtherNameIsRefused(string program, string name) =>
        Assert.Equal(name, Assert.Throws<RefusedGlobalException>(() => Read(Pickle(program))).Global);

    [Theory]
    [InlineData("]cposix\nsystem\n(X\u0001\0\0\0atRa.")] // called
    [InlineData("]cposix\nsystem\n)\u0081}ba.")] // made and given attributes
    [InlineData("]cposix\nsystem\n)}\u0092(NNua.")] // made with named arguments, filled as a dictionary
    [InlineData("]cposix\nsystem\n)R(NNeNaa.")] // filled as a list
    [InlineData("]ctorch\nSize\ncposix\nsystem\n\u0085Ra.")] // handed to what is known
    [InlineData("]cposix\nsystem\nQa.")] // as a storage
    [InlineData("](X\u0007\0\0\0storagecposix\nsystem\nX\u0001\0\0\0aX\u0001\0\0\0bK\u0001tQa.")]
    public void WhatIsMadeWithAnotherNameIsItsNameAndNothingElse(string program)
    {
        var list = Assert.IsType<PickleList>(Read(Pickle(program)));
        Assert.Equal("posix.system", Assert.IsType<PickleRefused>(list.Items[0]).Name);
        Assert.Same(list.Items[0], PickleRefused.In(new PickleTuple([1L, list])));
    }

    [Fact]
    public void AWalkOverAListThatHoldsItselfEnds()
    {
        var list = Assert.IsType<PickleList>(Read(Pickle("]q", 0, "h", 0, "ah", 0, "a.")));
        Assert.Equal(2, list.Items.Count);
        Assert.Null(PickleRefused.In(list));
    }

    [Fact]
    public void RefusedNamesAreFewAndShort()
    {
        static string Name(int n) => $"cx\nn{n}\n0";
        Assert.Null(Read(Pickle(string.Concat(Enumerable.Range(0, 1000).Select(Name)) + Name(0) + "N.")));
        Assert.Contains(
            "more than 1000 names",
            Assert.Throws<TorchFileException>(() => Read(Pickle(string.Concat(Enumerable.Range(0, 1001).Select(Name)) + "N."))).Message);
        Assert.Contains(
            "a name of 600 letters",
            Assert.Throws<TorchFileException>(
                () => Read(Pickle("X", Number(300), new string('m', 300), "q", 0, "h", 0, 0x93, "."))).Message);
    }

    [Theory]
    [InlineData("", "in the middle")]
    [InlineData(".", "more or less than one value")]
    [InlineData("NN.", "more or less than one value")]
    [InlineData("(N.", "more or less than one value")]
    [InlineData("0", "without its operand")]
    [InlineData("N(a", "without its operand ")]
    [InlineData("t", "without its beginning")]
    [InlineData("K", "in the middle")]
    [InlineData("\u0085", "without its operands")]
    [InlineData("h\u0005", "reference to nothing")]
    [InlineData("NNs", "without its operand ")]
    [InlineData("NNNs", "no dictionary")]
    [InlineData("NNa", "no list")]
    [InlineData("}(Nu", "no dictionary")]
    [InlineData("NNb", "attributes for what is no dictionary")]
    [InlineData("N)R", "a call of what is no function")]
    [InlineData("ctorch\nfloat32\n)R", "a call of torch.float32")]
    [InlineData("ctorch\nSize\nNR", "a call of torch.Size")]
    [InlineData("ctorch\nSize\n)R", "a size of unknown form")]
    [InlineData("ccollections\nOrderedDict\n(NtR", "a dictionary of unknown form")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R", "a tensor of unknown form")]
    [InlineData("ctorch", "a name without an end")]
    [InlineData("NN\u0093", "no string")]
    [InlineData("I1\n.", "0x49")]
    [InlineData("i", "0x69")]
    [InlineData("N)\u0081", "0x81")]
    [InlineData("\u0082\u0001", "0x82")]
    [InlineData("P1\n", "0x50")]
    [InlineData("\u0080\u0002N.", "0x80")]
    [InlineData("X\u0002\0\0\0\u00ff\u00ff.", "no UTF-8")]
    public void AProgramThatTorchSaveDoesNotWriteIsRefused(string program, string mention) =>
        Assert.Contains(mention, Assert.Throws<TorchFileException>(() => Read(Pickle(program))).Message);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    [InlineData(255)]
    public void OtherProtocolsAreRefused(int protocol) =>
        Assert.Contains("protocol", Assert.Throws<TorchFileException>(() => Read([0x80, (byte)protocol, (byte)'N', (byte)'.'])).Message);

    [Fact]
    public void HugeCountsCostNothing()
    {
        byte[] all = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        foreach (byte[] pickle in (byte[][])[
            Pickle("X", Number(0xffff_ffff)), Pickle(0x8d, all), Pickle("B", Number(0x7fff_ffff)), Pickle(0x8e, all), Pickle(0x96, all),
            Pickle(0x8b, Number(0x7fff_ffff)), Pickle(0x8b, Number(0xffff_ffff), "."), Pickle(0x8a, 255),
            Pickle("j", Number(0xffff_ffff), "."), Pickle(0x95, all)])
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<TorchFileException>(() => Read(pickle));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        }

        Assert.Equal(7L, Read(Pickle("K", 7, "r", Number(0xffff_fff0), ".")));
    }

    [Fact]
    public void BombsStayWithinTheirBounds()
    {
        // A list of ten times the same list of ten times the same list ...: 10^40 leaves when walked.
        var laughs = new List<byte>([0x80, 2, .. "]q\0"u8]);
        for (byte i = 1; i < 40; i++)
            laughs.AddRange(
                [(byte)']', (byte)'(', .. Enumerable.Repeat<byte[]>([(byte)'h', (byte)(i - 1)], 10).SelectMany(b => b), (byte)'e',
                    (byte)'q', i]);
        Assert.Contains("more or less", Assert.Throws<TorchFileException>(() => Read([.. laughs, (byte)'.'])).Message);
        Assert.IsType<PickleList>(
            Read([.. laughs, .. Enumerable.Repeat<byte[]>([(byte)'h', 39, (byte)'0'], 3).SelectMany(b => b),
                .. Enumerable.Repeat((byte)'0', 39), (byte)'.']));

        // A list that holds itself, and a tower of lists.
        Assert.IsType<PickleList>(Read(Pickle("]q", 0, "h", 0, "a.")));
        byte[] lists = [.. Enumerable.Repeat((byte)']', 200_000)], ends = [.. Enumerable.Repeat((byte)'a', 199_999)];
        Assert.IsType<PickleList>(Read([0x80, 2, .. lists, .. ends, (byte)'.']));

        // Values, marks, copies and names for them without end.
        foreach (char c in "](}N2)\u0094")
        {
            var began = ProcessorTime.OfThread;
            long before = GC.GetAllocatedBytesForCurrentThread();
            byte[] pickle = [0x80, 2, (byte)'N', .. Enumerable.Repeat((byte)c, 8 << 20)];
            Assert.Contains("more than", Assert.Throws<TorchFileException>(() => Read(pickle)).Message);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400 << 20);
            Assert.InRange((ProcessorTime.OfThread - began).TotalSeconds, 0, 10);
        }
    }

    [Theory]
    [InlineData(0, 5, 1, 5)] // as large as its storage
    [InlineData(1, 5, 1, -1)] // one beyond its end
    [InlineData(0, 1_000_000_000_000, 0, -1)] // one number, seen often
    [InlineData(4, 1, 1_000_000_000_000, 1)]
    [InlineData(0, 2, 5, -1)]
    [InlineData(-1, 2, 1, -1)]
    [InlineData(0, 2, -1, -1)]
    [InlineData(0, -1, 1, -1)]
    [InlineData(long.MaxValue, 0, long.MaxValue, 0)] // nothing is anywhere
    [InlineData(long.MaxValue, 2, long.MaxValue, -1)]
    [InlineData(0, long.MaxValue, long.MaxValue, -1)]
    public void ATensorLiesInItsStorage(long offset, long size, long stride, int count)
    {
        var storage = new TorchStorage("0", TorchDataType.Float32, 20);
        if (count < 0)
            Assert.Throws<InvalidDataException>(() => TorchTensor.Of(storage, TorchDataType.Float32, offset, [size], [stride]));
        else
            Assert.Equal(count, TorchTensor.Of(storage, TorchDataType.Float32, offset, [size], [stride]).Gather(new float[5]).Length);
    }

    /// <summary>
    /// A value that is remembered costs two bytes to look at again: a program of megabytes that looks at a large one each time would
    /// never end, or fill the memory.
    /// </summary>
    [Theory]
    // A tuple searched for refused names.
    [InlineData(
        "(X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\0kX\u0001\0\0\0dK\u0001",
        "NNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNNtq\0", "h\0Q0", 400_000)]
    // A call's list.
    [InlineData(
        "](NN\u0086NN\u0086NN\u0086NN\u0086NN\u0086NN\u0086NN\u0086NN\u0086eq\0\u0085q\u0002",
        "ccollections\nOrderedDict\nq\u0001", "h\u0001h\u0002R0", 400_000)]
    // Nothing but containers.
    [InlineData("", "", "}0", 700_000)]
    [InlineData("", "", "}NNs0", 400_000)]
    public void WorkIsChargedToABudget(string start, string next, string again, int count)
    {
        var began = ProcessorTime.OfThread;
        byte[] pickle = Pickle(start, next, string.Concat(Enumerable.Repeat(again, count)), "N.");
        Assert.Contains("more than 2000000 values", Assert.Throws<TorchFileException>(() => Read(pickle)).Message);
        Assert.InRange((ProcessorTime.OfThread - began).TotalSeconds, 0, 20);
    }

    [Theory]
    [InlineData("}h\0Ns0")] // hashed as a key
    [InlineData("h\u0001h\u0002R0")] // turned into bytes
    [InlineData("h\u0003h\0h\u0004\u0087Q0")] // a storage's key
    public void LettersAreChargedToo(string again)
    {
        byte[] letters = [.. Enumerable.Repeat((byte)'x', 4 << 20)];
        byte[] start = Pickle(
            "X", Number((uint)letters.Length), letters, "q", 0, "c_codecs\nencode\nq", 1, "h", 0, "X", Number(6), "latin1", 0x86, "q", 2,
            "X", Number(7), "storageq", 3, "K", 1, "q", 4, "0000000");
        byte[] pickle = [.. start, .. string.Concat(Enumerable.Repeat(again, 500_000)).Select(c => (byte)c), (byte)'N', (byte)'.'];
        var began = ProcessorTime.OfThread;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<TorchFileException>(() => Read(pickle));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512L << 20);
        Assert.InRange((ProcessorTime.OfThread - began).TotalSeconds, 0, 20);
    }
}
