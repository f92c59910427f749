namespace Screener.Reporting;

/// <summary>The few characters that are drawn into pictures: sides of the patient and the numbers of a colour bar.</summary>
/// <remarks>Strokes with soft edges, so that they read like the text around a picture at any height.</remarks>
internal static class StrokeFont
{
    // The box in which strokes are given.
    private const double Columns = 8, Rows = 12;

    // White, then the black around it, in pixels beyond the stroke.
    private const double Rim = 1.3;

    internal static int Width(string text, int height) => (int)Math.Ceiling(text.Length * Advance(height));

    /// <summary>Draws white on a black rim, so that it reads on any background. A character that the font lacks stays blank.</summary>
    internal static void Draw(RgbImage image, string text, int x, int y, int height)
    {
        for (int i = 0; i < text.Length; i++)
            Draw(image, Strokes(text[i]), x + (i * Advance(height)), y, height);
    }

    private static double Radius(int height) => 0.4 + (0.035 * height);

    private static double Unit(int height) => (height - (2 * Radius(height))) / Rows;

    private static double Advance(int height) => (Columns * Unit(height)) + (4 * Radius(height));

    private static void Draw(RgbImage image, string strokes, double x, int y, int height)
    {
        if (strokes.Length == 0)
            return;
        double radius = Radius(height), unit = Unit(height);
        (double X, double Y) At(string point) => (
            x + radius + (Convert.ToInt32(point[..1], 16) * unit), y + radius + (Convert.ToInt32(point[1..], 16) * unit));
        var lines = strokes.Split(';').Select(s => s.Split(' ').Select(At).ToList())
            .SelectMany(p => p.Zip(p.Skip(1))).ToList();
        for (int row = Math.Max(y - 2, 0); row < Math.Min(y + height + 2, image.Height); row++)
        {
            for (int column = Math.Max((int)x - 2, 0); column < Math.Min(x + Advance(height) + 2, image.Width); column++)
            {
                double beyond = lines.Min(l => Distance(column + 0.5, row + 0.5, l.First, l.Second)) - radius;
                if (beyond < Rim + 0.5)
                    image[column, row] = image[column, row].Under(Rgb.Black, Math.Clamp(Rim + 0.5 - beyond, 0, 1))
                        .Under(Rgb.White, Math.Clamp(0.5 - beyond, 0, 1));
            }
        }
    }

    private static double Distance(double x, double y, (double X, double Y) from, (double X, double Y) to)
    {
        double dx = to.X - from.X, dy = to.Y - from.Y, square = (dx * dx) + (dy * dy);
        double along = square == 0 ? 0 : Math.Clamp((((x - from.X) * dx) + ((y - from.Y) * dy)) / square, 0, 1);
        double restX = x - from.X - (along * dx), restY = y - from.Y - (along * dy);
        return Math.Sqrt((restX * restX) + (restY * restY));
    }

    // Column and row of each point, as hexadecimal digits.
    private static string Strokes(char c) => c switch
    {
        'R' => "0c 00 50 71 83 75 56 06;46 8c",
        'L' => "00 0c 8c",
        'A' => "0c 40 8c;18 78",
        'P' => "0c 00 50 71 83 75 56 06",
        'S' => "82 71 50 30 11 03 15 36 56 77 89 7b 5c 3c 1b 0a",
        'I' => "40 4c",
        '0' => "40 61 83 89 6b 4c 2b 09 03 21 40",
        '1' => "13 40 4c",
        '2' => "03 11 30 50 71 83 75 0c 8c",
        '3' => "02 20 60 82 84 66 36;66 88 8a 6c 2c 0a",
        '4' => "6c 60 08 88",
        '5' => "70 10 05 45 76 88 8a 6c 2c 0a",
        '6' => "71 50 30 12 05 0a 2c 6c 8a 87 65 25 07",
        '7' => "00 80 3c",
        '8' => "40 61 73 55 46 35 13 21 40;46 67 89 7b 5c 3c 1b 09 27 46",
        '9' => "1b 3c 5c 7a 87 82 60 20 02 05 27 67 85",
        '.' => "4c 4c",
        '-' => "16 76",
        '+' => "16 76;43 49",
        'E' => "80 00 0c 8c;06 66",
        _ => "",
    };
}
