using Screener.Errors;
using Screener.Imaging;
using Screener.Inference;
using Screener.Interactive.Lessons;
using Screener.Reporting;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Interactive.Lessons;

[Collection(TorchCollection.Name)]
public sealed class FillingMapTests
{
    [Fact]
    public void APictureMovesFromTheFirstWindowToTheWholeMap()
    {
        using var folder = new TemporaryFolder();
        var workspace = new LessonWorkspace(LessonSettings.Quick with { Artifacts = folder["a"], TestCases = 1 });
        var patient = workspace.TestPhantoms()[0];
        var slice = AxialSlice.OfLargestLesion(patient);
        var options = SlidingWindowOptions.Quick with { Window = new VolumeShape(48, 64, 64), Overlap = 0.25 };
        var filling = new FillingMap(slice, options.Window);
        Assert.Contains("windows", Assert.Throws<OptionException>(() => filling.Picture(patient, "")).Message);
        int windows = 0;
        float[] map = SlidingWindow.Run(
            patient.Volume, 1, options, (x, _) => x.clone(), CPU, slice.Region(), seen: (window, maps) =>
            {
                windows++;
                filling.Seen(window, maps);
            })[0];
        Assert.True(windows > 1);
        File.WriteAllBytes(folder["moving.png"], filling.Picture(patient, "a map").Png);
        File.WriteAllBytes(folder["still.png"], slice.Scores(patient, map, "a map").Png);
        string[] words = PythonOracle.Run(
            ["PIL"],
            """
            import sys
            from PIL import Image
            i, whole = Image.open(sys.argv[1]), Image.open(sys.argv[2]).convert('RGB')
            frames = []
            for k in range(i.n_frames):
                i.seek(k); frames.append(i.convert('RGB'))
            def coloured(image):
                return sum(p[0] - p[2] > 30 for p in image.getdata())
            print(len(frames), frames[0].tobytes() == whole.tobytes(), frames[-1].tobytes() == whole.tobytes(),
                  coloured(frames[1]) < coloured(whole))
            """,
            folder["moving.png"], folder["still.png"]).Split(' ', StringSplitOptions.TrimEntries);
        Assert.Equal([$"{windows + 2}", "True", "True", "True"], words);
    }
}
