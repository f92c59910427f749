namespace Screener.Benchmarks;

/// <summary>
/// Times several sides of one comparison in turn (A B A B ...), so that a slow minute of the machine falls on all of them.
/// </summary>
internal static class Alternation
{
    /// <summary>Seconds of each side's repetitions, after one of each that is not timed.</summary>
    /// <param name="name">The case, for the progress on the error stream.</param>
    /// <param name="repeats">Timed repetitions.</param>
    /// <param name="sides">Each carries out one repetition and returns its seconds.</param>
    internal static double[][] Measure(string name, int repeats, params Func<double>[] sides)
    {
        var seconds = Array.ConvertAll(sides, _ => new double[repeats]);
        for (int repeat = -1; repeat < repeats; repeat++)
        {
            for (int side = 0; side < sides.Length; side++)
            {
                double time = sides[side]();
                if (repeat >= 0)
                    seconds[side][repeat] = time;
            }

            Console.Error.WriteLine(
                $"{name}: {(repeat < 0 ? "warmed up" : $"{repeat + 1} of {repeats}: {string.Join(" s, ",
                    seconds.Select(s => $"{s[repeat]:0.000}"))} s")}");
        }

        return seconds;
    }

    /// <summary>Turns work into a side that times itself.</summary>
    internal static Func<double> Timed(Action work) => () =>
    {
        double start = BenchmarkClock.Seconds;
        work();
        return BenchmarkClock.Seconds - start;
    };

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int n = sorted.Length;
        return n % 2 == 1 ? sorted[n / 2] : (sorted[(n / 2) - 1] + sorted[n / 2]) / 2;
    }
}
