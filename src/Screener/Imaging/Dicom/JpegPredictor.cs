namespace Screener.Imaging.Dicom;

/// <summary>Turns differences into samples by the predictors of lossless JPEG (ITU-T T.81, table H.1), modulo 2^16.</summary>
internal static class JpegPredictor
{
    /// <summary>The first line of an image or restart interval: the sample to the left, before it half the range.</summary>
    public static void FirstLine(ReadOnlySpan<int> differences, Span<ushort> line, int start)
    {
        int left = start;
        for (int i = 0; i < line.Length; i++)
            line[i] = (ushort)(left = (left + differences[i]) & 0xFFFF);
    }

    /// <summary>Any other line.</summary>
    /// <param name="predictor">1 to 7.</param>
    /// <param name="differences">One per sample.</param>
    /// <param name="above">The line above.</param>
    /// <param name="line">Receives the samples.</param>
    public static void Line(int predictor, ReadOnlySpan<int> differences, ReadOnlySpan<ushort> above, Span<ushort> line)
    {
        int left = (above[0] + differences[0]) & 0xFFFF;
        line[0] = (ushort)left;
        switch (predictor)
        {
            case 1:
                for (int i = 1; i < line.Length; i++)
                    line[i] = (ushort)(left = (left + differences[i]) & 0xFFFF);
                break;
            case 2:
                for (int i = 1; i < line.Length; i++)
                    line[i] = (ushort)(above[i] + differences[i]);
                break;
            case 3:
                for (int i = 1; i < line.Length; i++)
                    line[i] = (ushort)(above[i - 1] + differences[i]);
                break;
            case 4:
                for (int i = 1; i < line.Length; i++)
                    line[i] = (ushort)(left = (left + above[i] - above[i - 1] + differences[i]) & 0xFFFF);
                break;
            case 5:
                for (int i = 1; i < line.Length; i++)
                    line[i] = (ushort)(left = (left + ((above[i] - above[i - 1]) >> 1) + differences[i]) & 0xFFFF);
                break;
            case 6:
                for (int i = 1; i < line.Length; i++)
                    line[i] = (ushort)(left = (above[i] + ((left - above[i - 1]) >> 1) + differences[i]) & 0xFFFF);
                break;
            default:
                for (int i = 1; i < line.Length; i++)
                    line[i] = (ushort)(left = (((left + above[i]) >> 1) + differences[i]) & 0xFFFF);
                break;
        }
    }
}
