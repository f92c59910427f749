using Screener.Randomness;

namespace Screener.Phantoms;

/// <summary>A smooth random field of mean 0 and standard deviation about 1, periodic, interpolated between lattice points.</summary>
internal sealed class NoiseLattice
{
    private const int Size = 64;
    private readonly float[] _values;
    private readonly float _step;
    private readonly float[] _plane = new float[Size * Size];
    private readonly float[] _row = new float[Size + 1];

    /// <param name="random">Source; used up by 64^3 draws.</param>
    /// <param name="step">Distance between lattice points, mm: about half of the correlation length.</param>
    internal NoiseLattice(RandomStream random, float step)
    {
        _step = step;
        var white = new float[Size * Size * Size];
        for (int i = 0; i < white.Length; i++)
        {
            // The sum of four uniforms: close to normal, and a smoothed one is closer still.
            ulong bits = random.NextBits();
            white[i] = (ushort)bits + (ushort)(bits >> 16) + (ushort)(bits >> 32) + (float)(ushort)(bits >> 48) - 131070f;
        }

        _values = Smooth(Smooth(Smooth(white, 1), Size), Size * Size);
        double sum = 0, squares = 0;
        foreach (float v in _values)
        {
            sum += v;
            squares += (double)v * v;
        }

        double mean = sum / _values.Length;
        // Interpolation halfway between points averages them; 1.15 makes up for it on average.
        float scale = (float)(1.15 / Math.Sqrt((squares / _values.Length) - (mean * mean)));
        for (int i = 0; i < _values.Length; i++)
            _values[i] = (_values[i] - (float)mean) * scale;
    }

    /// <summary>The field at a point, mm.</summary>
    internal float At(float x, float y, float z)
    {
        Split(x, out int x0, out int x1, out float fx);
        Split(y, out int y0, out int y1, out float fy);
        Split(z, out int z0, out int z1, out float fz);
        float a = Row(z0, y0, x0, x1, fx), b = Row(z0, y1, x0, x1, fx), c = Row(z1, y0, x0, x1, fx), d = Row(z1, y1, x0, x1, fx);
        float low = a + (fy * (b - a)), high = c + (fy * (d - c));
        return low + (fz * (high - low));
    }

    /// <summary>The field on an axial slice: [height, width] points from (x, y) on, <paramref name="spacing"/> apart.</summary>
    internal void Fill(Span<float> slice, int height, int width, float x, float y, float z, float spacing)
    {
        Split(z, out int z0, out int z1, out float fz);
        for (int i = 0; i < _plane.Length; i++)
        {
            float low = _values[(z0 * Size * Size) + i];
            _plane[i] = low + (fz * (_values[(z1 * Size * Size) + i] - low));
        }

        float inverse = 1 / _step;
        for (int h = 0; h < height; h++)
        {
            Split(y + (h * spacing), out int y0, out int y1, out float fy);
            for (int i = 0; i < Size; i++)
            {
                float low = _plane[(y0 * Size) + i];
                _row[i] = low + (fy * (_plane[(y1 * Size) + i] - low));
            }

            _row[Size] = _row[0];
            var line = slice.Slice(h * width, width);
            for (int w = 0; w < width; w++)
            {
                float t = ((x + (w * spacing)) * inverse) + (16 * Size);
                int whole = (int)t;
                float f = t - whole;
                int k = whole & (Size - 1);
                line[w] = _row[k] + (f * (_row[k + 1] - _row[k]));
            }
        }
    }

    private float Row(int z, int y, int x0, int x1, float f)
    {
        int i = ((z * Size) + y) * Size;
        return _values[i + x0] + (f * (_values[i + x1] - _values[i + x0]));
    }

    private void Split(float v, out int low, out int high, out float fraction)
    {
        float t = (v / _step) + (16 * Size);
        int whole = (int)t;
        fraction = t - whole;
        low = whole & (Size - 1);
        high = (low + 1) & (Size - 1);
    }

    private static float[] Smooth(float[] source, int stride)
    {
        var result = new float[source.Length];
        for (int i = 0; i < source.Length; i++)
        {
            int position = i / stride % Size;
            int before = position == 0 ? i + ((Size - 1) * stride) : i - stride;
            int after = position == Size - 1 ? i - ((Size - 1) * stride) : i + stride;
            result[i] = (0.5f * source[i]) + (0.25f * (source[before] + source[after]));
        }

        return result;
    }
}
