using System.Buffers.Binary;
using Screener.Errors;

namespace Screener.Reporting;

/// <summary>
/// Writes pictures that move as PNG (ISO/IEC 15948, third edition): RGB, from the first frame to the last, again and again. A decoder
/// that knows nothing of it shows a picture of its own.
/// </summary>
public static class MovingPng
{
    // What fcTL says last: the frame stays until the next one is drawn, and replaces what it covers.
    private const byte Stays = 0, Replaces = 0;

    /// <summary>The bytes of a PNG file.</summary>
    /// <param name="still">What is shown where pictures do not move; no part of what moves.</param>
    /// <param name="frames">The frames, each as large; of each after the first only what changed is written.</param>
    /// <param name="milliseconds">How long a frame is seen.</param>
    /// <param name="lastMilliseconds">How long the last frame is seen.</param>
    /// <exception cref="OptionException">There is no frame, or one has another size.</exception>
    public static byte[] Encode(RgbImage still, IReadOnlyList<RgbImage> frames, int milliseconds, int lastMilliseconds)
    {
        ArgumentNullException.ThrowIfNull(still);
        ArgumentNullException.ThrowIfNull(frames);
        OptionException.ThrowIfOutside(nameof(milliseconds), milliseconds, 1, ushort.MaxValue);
        OptionException.ThrowIfOutside(nameof(lastMilliseconds), lastMilliseconds, 1, ushort.MaxValue);
        if (frames.Count == 0 || frames.Any(f => (f.Width, f.Height) != (still.Width, still.Height)))
            throw new OptionException(
                nameof(frames), $"{frames.Count} frames, not each of {still.Width} x {still.Height} pixels", "at least one of that size");
        using var stream = new MemoryStream();
        PngImage.WriteHeader(stream, still, grey: false);
        Span<byte> control = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(control, frames.Count);
        BinaryPrimitives.WriteInt32BigEndian(control[4..], 0);
        PngImage.WriteChunk(stream, "acTL"u8, control);
        PngImage.WriteChunk(stream, "IDAT"u8, PngImage.Compressed(still, grey: false));
        int sequence = 0;
        for (int i = 0; i < frames.Count; i++)
        {
            var (x, y, part) = i == 0 ? (0, 0, frames[0]) : Changed(frames[i - 1], frames[i]);
            WriteFrame(stream, part, x, y, i == frames.Count - 1 ? lastMilliseconds : milliseconds, ref sequence);
        }

        PngImage.WriteChunk(stream, "IEND"u8, []);
        return stream.ToArray();
    }

    private static void WriteFrame(Stream stream, RgbImage part, int x, int y, int milliseconds, ref int sequence)
    {
        Span<byte> control = stackalloc byte[26];
        int[] numbers = [sequence++, part.Width, part.Height, x, y];
        for (int i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(control[(4 * i)..], numbers[i]);
        BinaryPrimitives.WriteUInt16BigEndian(control[20..], (ushort)milliseconds);
        BinaryPrimitives.WriteUInt16BigEndian(control[22..], 1000);
        (control[24], control[25]) = (Stays, Replaces);
        PngImage.WriteChunk(stream, "fcTL"u8, control);
        var rows = PngImage.Compressed(part, grey: false);
        byte[] data = new byte[rows.Length + 4];
        BinaryPrimitives.WriteInt32BigEndian(data, sequence++);
        rows.CopyTo(data.AsSpan(4));
        PngImage.WriteChunk(stream, "fdAT"u8, data);
    }

    // The smallest rectangle that holds every pixel that differs; one pixel where none does.
    private static (int X, int Y, RgbImage Part) Changed(RgbImage before, RgbImage after)
    {
        int left = after.Width, right = -1, top = after.Height, bottom = -1;
        for (int y = 0; y < after.Height; y++)
        {
            for (int x = 0; x < after.Width; x++)
            {
                if (before[x, y] != after[x, y])
                    (left, right, top, bottom) = (Math.Min(left, x), Math.Max(right, x), Math.Min(top, y), y);
            }
        }

        if (right < 0)
            (left, right, top, bottom) = (0, 0, 0, 0);
        var part = new RgbImage(right - left + 1, bottom - top + 1);
        part.Paste(after, -left, -top);
        return (left, top, part);
    }
}
