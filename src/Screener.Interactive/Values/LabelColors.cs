using Screener.Reporting;

namespace Screener.Interactive.Values;

/// <summary>
/// A colour per label that is told apart from its neighbours' (P. Green-Armytage's alphabet, without the darkest); 0 is black.
/// </summary>
internal static class LabelColors
{
    private static readonly int[] Colors =
    [
        0xF0A3FF, 0x0075DC, 0xC28030, 0x2BCE48, 0xFFCC99, 0x94FFB5, 0x9DCC00, 0xC20088, 0x8F7C00, 0xFFA405, 0xFFA8BB, 0xFF0010,
        0x5EF1F2, 0x00998F, 0xE0FF66, 0x740AFF, 0xFFFF80, 0xFFFF00, 0xFF5005, 0x808080,
    ];

    internal static Rgb Of(byte label)
    {
        if (label == 0)
            return Rgb.Black;
        int color = Colors[(label - 1) % Colors.Length];
        return new Rgb((byte)(color >> 16), (byte)(color >> 8), (byte)color);
    }
}
