using Screener.Runtime;
using Screener.Training;

namespace Screener.Cli.Tests;

public sealed class TrainingLogTests : IDisposable
{
    private static readonly Dictionary<string, int> Data = new() { ["prep"] = 3 };

    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _notes = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void HoursAndRunsGoOnWithTheCheckpoint()
    {
        string trained = _folder["a.network"], checkpoint = _folder["a.network.checkpoint"];
        Follow("descriptor", 10);
        Assert.False(File.Exists(TrainingCard.FileOf(trained)));

        // Stopped, and gone on with: as if the first run had taken two hours.
        File.WriteAllText(checkpoint, "");
        string running = TrainingCard.FileOf(checkpoint);
        File.WriteAllText(running, File.ReadAllText(running).Replace("\"hours\": 0", "\"hours\": 2", StringComparison.Ordinal));
        Follow("descriptor", 20).Finish();
        var card = Assert.Single(TrainingCard.Read(trained, _notes.Add));
        Assert.Equal(("descriptor", 20L, 20L, 2), (card.Stage, card.Step, card.Steps, card.Runs));
        Assert.InRange(card.Hours, 2, 2.1);
        Assert.Equal(Data, card.Data);
        Assert.Contains("20 of 20 steps in 2.0", card.Summary);

        // Nothing left to do: the card stays.
        new TrainingLog(trained, checkpoint, Data, ComputeOptions.Default, _notes.Add).Finish();
        Assert.Equal(2, Assert.Single(TrainingCard.Read(trained, _notes.Add)).Runs);

        // Another training, or one from the start, does not count them.
        Assert.Equal(1, Running(Follow("condition", 10)).Runs);
        File.Delete(checkpoint);
        Assert.Equal(1, Running(Follow("descriptor", 10)).Runs);
        Assert.Empty(_notes);

        TrainingLog Follow(string stage, int steps)
        {
            var log = new TrainingLog(trained, checkpoint, Data, ComputeOptions.Default, _notes.Add);
            log.See(new TrainingProgress(stage, steps, 20, 1, TimeSpan.Zero, new Dictionary<string, double>()));
            return log;
        }

        TrainingCard Running(TrainingLog log)
        {
            Assert.NotNull(log);
            return Assert.Single(TrainingCard.Read(checkpoint, _notes.Add));
        }
    }

    /// <summary>A card is words: what is wrong with one is said, and stops nothing.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[null]")]
    [InlineData("[{\"stage\": \"a\"}]")]
    public void ADamagedCardIsPassedOver(string text)
    {
        string trained = _folder["a.network"], checkpoint = _folder["a.network.checkpoint"];
        File.WriteAllText(checkpoint, "");
        File.WriteAllText(TrainingCard.FileOf(checkpoint), text);
        var log = new TrainingLog(trained, checkpoint, Data, ComputeOptions.Default, _notes.Add);
        Assert.Single(_notes);
        log.See(new TrainingProgress("descriptor", 20, 20, 1, TimeSpan.Zero, new Dictionary<string, double>()));
        log.Finish(TrainingCard.Read(_folder["absent"], _notes.Add));
        Assert.Equal(1, Assert.Single(TrainingCard.Read(trained, _notes.Add)).Runs);
        Assert.Single(_notes);
    }

    [Fact]
    public void WhereNoCardCanBeWrittenItIsSaid()
    {
        string trained = _folder["a.network"];
        Directory.CreateDirectory(TrainingCard.FileOf(trained));
        TrainingCard.Write(trained, [], _notes.Add);
        Assert.Single(_notes);
    }
}
