using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Screener.Errors;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Augmentation;

/// <summary>Changes a crop's intensities but not its geometry (paper, section 3.1 and its published code).</summary>
/// <remarks>
/// In this order, each with the options' probability: blur x -> G(x), or sharpen x -> x + alpha (x - G(x)), with an axial
/// Gaussian G, one or the other with equal chance; add Gaussian noise; multiply the brightness; multiply the contrast about
/// the crop's mean; clip to [0, 1] and raise to the power gamma. The result is clipped to [0, 1].
/// </remarks>
public static class ColourJitter
{
    /// <summary>Applies the jitter in place.</summary>
    /// <param name="patch">[D, H, W] intensities, 0 to 1.</param>
    /// <param name="shape">Voxels along [D, H, W].</param>
    /// <param name="spacing">The crop's own voxel spacing, mm: the blur is defined in mm.</param>
    /// <param name="options">Ranges.</param>
    /// <param name="random">Where the chance comes from.</param>
    /// <exception cref="OptionException">An option is outside its range, or the patch does not fit the shape.</exception>
    public static void Apply(Span<float> patch, VolumeShape shape, Spacing spacing, ColourJitterOptions options, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        options.Validate();
        if (patch.Length != shape.CheckedLength())
            throw new OptionException(
                nameof(patch), $"{patch.Length} voxels", $"{shape.VoxelCount} voxels for shape {shape}", "Pass the shape of the patch.");

        double p = options.Probability, strength = options.Strength;
        if (random.Chance(p))
        {
            double sigma = random.Uniform(0, options.MaxBlurSigmaMm * strength);
            if (random.Chance(0.5))
                AxialGaussian.Blur(patch, shape, spacing, sigma);
            else
                Sharpen(patch, shape, spacing, sigma, random.Uniform(0, options.MaxSharpenAlpha * strength));
        }

        if (random.Chance(p))
            GaussianNoise.Add(patch, (float)random.Uniform(0, options.MaxNoiseSigma * strength), random);

        // Brightness b and contrast c about the mean m of the brightened crop: c (b x - b m) + b m = (c b) x + (1 - c) b m.
        double brightness = random.Chance(p)
            ? Math.Max(0, 1 + random.Uniform(-options.BrightnessRange * strength, options.BrightnessRange * strength))
            : 1;
        double contrast = random.Chance(p)
            ? Math.Max(0, 1 + random.Uniform(-options.ContrastRange * strength, options.ContrastRange * strength))
            : 1;
        double offset = contrast == 1 ? 0 : (1 - contrast) * brightness * Mean(patch);
        double gamma = random.Chance(p) ? random.Uniform(Math.Pow(options.MinGamma, strength), Math.Pow(options.MaxGamma, strength)) : 1;
        ScaleAndRaise(patch, (float)(brightness * contrast), (float)offset, (float)gamma);
    }

    private static void Sharpen(Span<float> patch, VolumeShape shape, Spacing spacing, double sigma, double alpha)
    {
        float[] buffer = ArrayPool<float>.Shared.Rent(patch.Length);
        try
        {
            var blurred = buffer.AsSpan(0, patch.Length);
            patch.CopyTo(blurred);
            AxialGaussian.Blur(blurred, shape, spacing, sigma);
            float keep = (float)(1 + alpha), take = (float)alpha;
            for (int i = 0; i < patch.Length; i++)
                patch[i] = (keep * patch[i]) - (take * blurred[i]);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Mean(ReadOnlySpan<float> patch)
    {
        // Sums of some thousand in float, summed in double: fast, and as exact as the mean needs to be.
        double sum = 0;
        const int Block = 4096;
        for (int start = 0; start < patch.Length; start += Block)
        {
            var block = patch.Slice(start, Math.Min(Block, patch.Length - start));
            var total = Vector512<float>.Zero;
            int i = 0;
            for (; i + Vector512<float>.Count <= block.Length; i += Vector512<float>.Count)
                total += Vector512.Create(block.Slice(i, Vector512<float>.Count));
            float part = Vector512.Sum(total);
            for (; i < block.Length; i++)
                part += block[i];
            sum += part;
        }

        return sum / patch.Length;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaleAndRaise(Span<float> patch, float scale, float offset, float gamma)
    {
        ref float start = ref MemoryMarshal.GetReference(patch);
        int i = 0;
        for (; i + Vector512<float>.Count <= patch.Length; i += Vector512<float>.Count)
            Raise(Vector512.LoadUnsafe(ref start, (nuint)i), scale, offset, gamma).StoreUnsafe(ref start, (nuint)i);
        if (i == patch.Length)
            return;

        // The same arithmetic for the last few, so that a voxel's value does not depend on where it stands.
        Span<float> rest = stackalloc float[Vector512<float>.Count];
        rest.Clear();
        patch[i..].CopyTo(rest);
        Raise(Vector512.Create<float>(rest), scale, offset, gamma).CopyTo(rest);
        rest[..(patch.Length - i)].CopyTo(patch[i..]);
    }

    private static Vector512<float> Raise(Vector512<float> x, float scale, float offset, float gamma)
    {
        x = Vector512.FusedMultiplyAdd(x, Vector512.Create(scale), Vector512.Create(offset));
        x = Vector512.Min(Vector512.Max(x, Vector512<float>.Zero), Vector512<float>.One);
        if (gamma == 1)
            return x;

        // log(0) is minus infinity and exp of it 0, as it should be.
        var raised = Vector512.Exp(Vector512.Log(x) * gamma);
        return Vector512.Min(Vector512.Max(raised, Vector512<float>.Zero), Vector512<float>.One);
    }
}
