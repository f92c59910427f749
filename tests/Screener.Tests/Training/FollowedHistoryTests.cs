using System.Buffers.Binary;
using System.Numerics;
using Screener.Errors;
using Screener.Training;
using Tensorboard;

namespace Screener.Tests.Training;

public sealed class FollowedHistoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ATableGrowsWithTheRunAndIsEqualAfterAStop()
    {
        var whole = History(1, 5);
        HistoryCsv.Follow(whole, _folder["whole.csv"]);
        for (int step = 6; step <= 8; step++)
        {
            whole.Add(Record(step));
            Assert.Equal(step, File.ReadAllLines(_folder["whole.csv"]).Length - 1);
        }

        Assert.Equal("step,learning_rate,gradient_norm,loss,variance", File.ReadLines(_folder["whole.csv"]).First());
        Assert.Equal("8,0.125,16,-8,2.5", File.ReadLines(_folder["whole.csv"]).Last());

        // Stopped after step 8, gone on with from the checkpoint of step 5.
        File.Copy(_folder["whole.csv"], _folder["parts.csv"]);
        File.AppendAllText(_folder["parts.csv"], "9,0.1");
        var parts = new TrainingHistory();
        HistoryCsv.Follow(parts, _folder["parts.csv"]);
        parts.Restore(History(1, 5).Records);
        Assert.Equal(6, File.ReadAllLines(_folder["parts.csv"]).Length);
        for (int step = 6; step <= 8; step++)
            parts.Add(Record(step));
        Assert.Equal(File.ReadAllText(_folder["whole.csv"]), File.ReadAllText(_folder["parts.csv"]));
    }

    [Fact]
    public void ALaterStageWithOtherTermsHasColumnsOfItsOwn()
    {
        var history = new TrainingHistory();
        HistoryCsv.Follow(history, _folder["stages.csv"]);
        history.Add(Record(1));
        history.Add(new(2, 0.5, 1, new SortedDictionary<string, double> { ["likelihood"] = 7, ["loss"] = -7 }));
        history.Add(Record(3));
        Assert.Equal(
            ["step,learning_rate,gradient_norm,likelihood,loss,variance", "1,1,2,,-1,2.5", "2,0.5,1,7,-7,",
                $"3,{1 / 3.0:R},6,,-3,2.5"],
            File.ReadAllLines(_folder["stages.csv"]));
    }

    [Fact]
    public void EventFilesHoldEveryRecordInFramesThatTensorBoardChecks()
    {
        var history = new TrainingHistory();
        HistoryEvents.Follow(history, _folder["events"]);
        history.Restore(History(1, 2).Records);
        history.Add(Record(3));
        string file = Assert.Single(Directory.GetFiles(_folder["events"], "*tfevents*"));
        var values = Events(File.ReadAllBytes(file)).Where(e => e.Summary is not null)
            .SelectMany(e => e.Summary.Value.Select(v => (e.Step, v.Tag, v.SimpleValue))).ToList();
        string[] names = ["learning rate", "gradient norm", "loss", "variance"];
        Assert.Equal(
            [.. Enumerable.Range(1, 3).SelectMany(s => names.Select(n => ((long)s, n)))], values.Select(v => (v.Step, v.Tag)));
        Assert.Equal([-1f, -2f, -3f], values.Where(v => v.Tag == "loss").Select(v => v.SimpleValue));
    }

    [Fact]
    public void APlaceThatCannotBeWrittenIsToldBeforeTheRun()
    {
        File.WriteAllText(_folder["file"], "");
        Assert.Throws<OutputException>(() => HistoryCsv.Follow(new(), _folder["file/table.csv"]));
        Assert.Throws<OutputException>(() => HistoryEvents.Follow(new(), _folder["file/events"]));
    }

    private static TrainingHistory History(int first, int last)
    {
        var history = new TrainingHistory();
        history.Restore(Enumerable.Range(first, last - first + 1).Select(Record));
        return history;
    }

    private static TrainingRecord Record(int step) =>
        new(step, 1.0 / step, 2 * step, new SortedDictionary<string, double> { ["loss"] = -step, ["variance"] = 2.5 });

    // A frame is a length and its checksum, what it holds and its checksum, all little-endian.
    private static IEnumerable<Event> Events(byte[] bytes)
    {
        for (int at = 0; at < bytes.Length;)
        {
            int length = checked((int)BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at)));
            Assert.Equal(Masked(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            Assert.Equal(Masked(bytes.AsSpan(at + 12, length)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            yield return Event.Parser.ParseFrom(bytes, at + 12, length);
            at += 16 + length;
        }
    }

    private static uint Masked(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in data)
            crc = BitOperations.Crc32C(crc, b);
        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }
}
