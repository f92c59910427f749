namespace Screener.Reporting;

/// <summary>The few characters that are drawn into pictures: sides of the patient and the numbers of a colour bar.</summary>
internal static class BitmapFont
{
    private const int Columns = 5, Rows = 7;

    internal static int Width(string text, int scale) => text.Length * (Columns + 1) * scale;

    internal static int Height(int scale) => Rows * scale;

    /// <summary>Draws white on a black rim, so that it reads on any background. A character that the font lacks stays blank.</summary>
    internal static void Draw(RgbImage image, string text, int x, int y, int scale)
    {
        foreach (var (dx, dy) in ((int, int)[])[(-1, 0), (1, 0), (0, -1), (0, 1)])
            Draw(image, text, x + dx, y + dy, scale, Rgb.Black);
        Draw(image, text, x, y, scale, Rgb.White);
    }

    private static void Draw(RgbImage image, string text, int x, int y, int scale, Rgb color)
    {
        for (int i = 0; i < text.Length; i++, x += (Columns + 1) * scale)
        {
            ulong glyph = Glyph(text[i]);
            for (int column = 0; column < Columns * scale; column++)
            {
                for (int row = 0; row < Rows * scale; row++)
                {
                    // Eight bits a column, leftmost column first; the lowest bit is the top row.
                    bool on = (glyph >> (((Columns - 1 - (column / scale)) * 8) + (row / scale)) & 1) != 0;
                    if (on && (uint)(x + column) < (uint)image.Width && (uint)(y + row) < (uint)image.Height)
                        image[x + column, y + row] = color;
                }
            }
        }
    }

    private static ulong Glyph(char c) => c switch
    {
        'R' => 0x7F_09_19_29_46,
        'L' => 0x7F_40_40_40_40,
        'A' => 0x7C_12_11_12_7C,
        'P' => 0x7F_09_09_09_06,
        'S' => 0x26_49_49_49_32,
        'I' => 0x00_41_7F_41_00,
        '0' => 0x3E_51_49_45_3E,
        '1' => 0x00_42_7F_40_00,
        '2' => 0x72_49_49_49_46,
        '3' => 0x21_41_49_4D_33,
        '4' => 0x18_14_12_7F_10,
        '5' => 0x27_45_45_45_39,
        '6' => 0x3C_4A_49_49_31,
        '7' => 0x41_21_11_09_07,
        '8' => 0x36_49_49_49_36,
        '9' => 0x46_49_49_29_1E,
        '.' => 0x00_60_60_00_00,
        '-' => 0x08_08_08_08_08,
        '+' => 0x08_08_3E_08_08,
        'E' => 0x7F_49_49_49_41,
        _ => 0,
    };
}
