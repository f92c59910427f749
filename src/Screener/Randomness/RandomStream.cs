using System.Numerics;
using System.Runtime.CompilerServices;

namespace Screener.Randomness;

/// <summary>A reproducible stream of random numbers (xoshiro256**), passed in wherever chance is needed.</summary>
/// <remarks>
/// The same seed gives the same numbers on every machine and every version. A stream can be split by key: <c>stream.Fork(step)</c> depends
/// only on the stream's seed and the key, not on how much was drawn before, so work item n can be made by any thread, in any order, and
/// again after a resume. Not thread-safe: fork one per thread.
/// </remarks>
public sealed class RandomStream
{
    private readonly ulong _seed;
    private ulong _s0, _s1, _s2, _s3;
    private double _spareGaussian = double.NaN;

    /// <summary>Starts the stream of the given seed.</summary>
    public RandomStream(ulong seed)
    {
        _seed = seed;
        ulong state = seed;
        _s0 = SplitMix(ref state);
        _s1 = SplitMix(ref state);
        _s2 = SplitMix(ref state);
        _s3 = SplitMix(ref state);
    }

    /// <summary>The independent stream of this stream's seed and <paramref name="key"/>.</summary>
    public RandomStream Fork(ulong key) => new(ForkSeed(key));

    /// <summary>The independent stream of this stream's seed and a name.</summary>
    public RandomStream Fork(string name)
    {
        // FNV-1a: string.GetHashCode differs from run to run.
        ulong hash = 14695981039346656037;
        foreach (char c in name)
            hash = (hash ^ c) * 1099511628211;
        return Fork(hash);
    }

    /// <summary>The seed that <see cref="Fork(ulong)"/> uses, for generators that live elsewhere (torch's).</summary>
    public ulong ForkSeed(ulong key)
    {
        ulong state = _seed ^ BitOperations.RotateLeft(key * 0x9E3779B97F4A7C15, 31);
        SplitMix(ref state);
        return SplitMix(ref state) ^ key;
    }

    /// <summary>64 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextBits()
    {
        ulong result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        ulong t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1), 53 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [<paramref name="min"/>, <paramref name="max"/>).</summary>
    public double Uniform(double min, double max) => min + ((max - min) * NextDouble());

    /// <summary>True with probability <paramref name="p"/>.</summary>
    public bool Chance(double p) => NextDouble() < p;

    /// <summary>Uniform among 0 .. <paramref name="count"/> - 1, without bias.</summary>
    public int NextInt(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ulong range = (ulong)count;
        ulong high = Math.BigMul(NextBits(), range, out ulong low);
        if (low < range)
        {
            ulong threshold = (0 - range) % range;
            while (low < threshold)
                high = Math.BigMul(NextBits(), range, out low);
        }

        return (int)high;
    }

    /// <summary>Puts things into random order, every order equally likely (Fisher and Yates).</summary>
    public void Shuffle<T>(Span<T> things)
    {
        for (int i = things.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (things[i], things[j]) = (things[j], things[i]);
        }
    }

    /// <summary>A normal number of mean 0 and standard deviation 1 (polar method).</summary>
    public double NextGaussian()
    {
        if (!double.IsNaN(_spareGaussian))
        {
            double spare = _spareGaussian;
            _spareGaussian = double.NaN;
            return spare;
        }

        double u, v, s;
        do
        {
            u = (2 * NextDouble()) - 1;
            v = (2 * NextDouble()) - 1;
            s = (u * u) + (v * v);
        }
        while (s >= 1 || s == 0);
        double scale = Math.Sqrt(-2 * Math.Log(s) / s);
        _spareGaussian = v * scale;
        return u * scale;
    }

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
