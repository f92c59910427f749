using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Augmentation;

/// <summary>Hides random blocks of a crop, so that a model must infer them from the rest (paper, section 3.2).</summary>
/// <remarks>
/// The crop is covered by a lattice of blocks; those at its edges may be cut off, and count as one block each. Of n blocks
/// exactly round(HiddenFraction * n) are hidden (halves are rounded away from zero), every choice equally likely. With the chance of
/// 1 - Probability nothing is.
/// </remarks>
public static class BlockMask
{
    /// <summary>Draws a mask.</summary>
    /// <param name="shape">Voxels of the crop along [D, H, W].</param>
    /// <param name="options">Block size and hidden part.</param>
    /// <param name="random">Where the chance comes from.</param>
    /// <returns>[D, H, W]: 1 = visible, 0 = hidden.</returns>
    /// <exception cref="Errors.OptionException">An option is outside its range.</exception>
    public static float[] Create(VolumeShape shape, BlockMaskOptions options, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        var mask = new float[shape.CheckedLength()];
        if (options.Probability < 1 && !random.Chance(options.Probability))
        {
            Array.Fill(mask, 1);
            return mask;
        }

        var block = options.BlockShape;
        bool shift = options.RandomOffset;
        int offsetD = shift
            ? random.NextInt(block.Depth)
            : 0, offsetH = shift ? random.NextInt(block.Height) : 0, offsetW = shift ? random.NextInt(block.Width) : 0;
        int countD = Blocks(shape.Depth, block.Depth, offsetD), countH = Blocks(shape.Height, block.Height, offsetH), countW = Blocks(
            shape.Width, block.Width, offsetW);
        bool[] hidden = Choose(countD * countH * countW, options.HiddenFraction, random);
        for (int d = 0; d < shape.Depth; d++)
        {
            for (int h = 0; h < shape.Height; h++)
            {
                var row = mask.AsSpan(shape.Index(d, h, 0), shape.Width);
                int first = ((((d + offsetD) / block.Depth) * countH) + ((h + offsetH) / block.Height)) * countW;
                for (int b = 0; b < countW; b++)
                {
                    int from = Math.Max(0, (b * block.Width) - offsetW), to = Math.Min(shape.Width, ((b + 1) * block.Width) - offsetW);
                    row[from..to].Fill(hidden[first + b] ? 0 : 1);
                }
            }
        }

        return mask;
    }

    private static int Blocks(int size, int block, int offset) => (size + offset + block - 1) / block;

    private static bool[] Choose(int count, double fraction, RandomStream random)
    {
        var hidden = new bool[count];
        int left = (int)Math.Round(fraction * count, MidpointRounding.AwayFromZero);
        for (int i = 0; i < count && left > 0; i++)
        {
            // Of the count - i blocks that remain, left are still to be hidden.
            if (random.NextInt(count - i) < left)
            {
                hidden[i] = true;
                left--;
            }
        }

        return hidden;
    }
}
