using Screener.Errors;

namespace Screener.Reporting;

/// <summary>A colour as red, green and blue, 0 to 255 each, sRGB.</summary>
public readonly record struct Rgb(byte R, byte G, byte B)
{
    /// <summary>Black.</summary>
    public static Rgb Black => default;

    /// <summary>White.</summary>
    public static Rgb White => new(255, 255, 255);

    /// <summary>The grey of the given brightness.</summary>
    public static Rgb Grey(byte value) => new(value, value, value);

    /// <summary>This colour covered by <paramref name="top"/> with the given opacity, 0 to 1.</summary>
    public Rgb Under(Rgb top, double opacity)
    {
        byte Mix(byte under, byte over) => (byte)Math.Round(under + ((over - under) * opacity));
        return new Rgb(Mix(R, top.R), Mix(G, top.G), Mix(B, top.B));
    }
}

/// <summary>A picture of 8-bit RGB pixels, row by row from the top left.</summary>
public sealed class RgbImage
{
    /// <summary>The longest side that is accepted, in pixels.</summary>
    public const int MaxSide = 8192;

    private readonly Rgb[] _pixels;

    /// <summary>A black picture.</summary>
    /// <exception cref="OptionException">A side is shorter than 1 or longer than <see cref="MaxSide"/> pixels.</exception>
    public RgbImage(int width, int height)
    {
        OptionException.ThrowIfOutside(nameof(width), width, 1, MaxSide);
        OptionException.ThrowIfOutside(nameof(height), height, 1, MaxSide);
        Width = width;
        Height = height;
        _pixels = new Rgb[width * height];
    }

    /// <summary>Pixels from left to right.</summary>
    public int Width { get; }

    /// <summary>Pixels from top to bottom.</summary>
    public int Height { get; }

    /// <summary>The pixel in column <paramref name="x"/> from the left and row <paramref name="y"/> from the top.</summary>
    public Rgb this[int x, int y]
    {
        get => Row(y)[x];
        set => Row(y)[x] = value;
    }

    /// <summary>The pixels of row <paramref name="y"/>, to read or write.</summary>
    public Span<Rgb> Row(int y) => _pixels.AsSpan(y * Width, Width);

    /// <summary>Gives every pixel the colour for its column and row.</summary>
    internal void Paint(Func<int, int, Rgb> color)
    {
        for (int y = 0; y < Height; y++)
        {
            for (int x = 0; x < Width; x++)
                this[x, y] = color(x, y);
        }
    }

    /// <summary>
    /// Copies <paramref name="other"/> into this picture with its top left corner at (x, y); what does not fit is cut off.
    /// </summary>
    public void Paste(RgbImage other, int x, int y)
    {
        ArgumentNullException.ThrowIfNull(other);
        int left = Math.Max(0, -x), right = Math.Min(other.Width, Width - x);
        for (int row = Math.Max(0, -y); row < Math.Min(other.Height, Height - y) && left < right; row++)
            other.Row(row)[left..right].CopyTo(Row(y + row)[(x + left)..]);
    }

    /// <summary>Pictures side by side, aligned at their middle, on black.</summary>
    /// <param name="gap">Pixels between two pictures.</param>
    /// <param name="images">At least one picture.</param>
    public static RgbImage Beside(int gap, params IReadOnlyList<RgbImage> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfZero(images.Count);
        var all = new RgbImage(images.Sum(i => i.Width) + (gap * (images.Count - 1)), images.Max(i => i.Height));
        int x = 0;
        foreach (var image in images)
        {
            all.Paste(image, x, (all.Height - image.Height) / 2);
            x += image.Width + gap;
        }

        return all;
    }
}
