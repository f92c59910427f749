using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;
using Screener.Randomness;
using Screener.Reporting;

namespace Screener.Interactive.Lessons;

/// <summary>A phantom with label numbers as KiTS and LiTS give them: 1 the organ, 2 tumours, 3 cysts.</summary>
/// <param name="Ct">The CT.</param>
/// <param name="Labels">The labels on its grid.</param>
public sealed record LabelledPhantom(CtVolume Ct, LabelVolume Labels)
{
    private const byte Organ = 1, Tumour = 2, Cyst = 3;

    /// <summary>Numbers what is known of a phantom.</summary>
    /// <param name="phantom">A phantom whose organ is known.</param>
    /// <exception cref="OptionException">The organ is not known.</exception>
    public static LabelledPhantom Of(AnnotatedCt phantom)
    {
        ArgumentNullException.ThrowIfNull(phantom);
        if (phantom.Organ is not { } organ)
            throw new OptionException(nameof(phantom), $"{phantom.Id}, whose organ is not labelled", "a phantom of a test cohort");
        return new LabelledPhantom(
            phantom.Ct,
            new LabelVolume(
                phantom.Ct.Grid, [.. phantom.Lesions.Voxels.Zip(organ.Voxels, (tumour, inside) => tumour != 0 ? Tumour : inside)]));
    }

    /// <summary>
    /// The same phantom with a labelled cyst: a ball of water in the middle of the organ on the side where less of the tumours is. Those
    /// that a phantom may have by itself are small and count as organ.
    /// </summary>
    /// <param name="radiusMm">Its radius, mm.</param>
    /// <param name="random">Draws the noise.</param>
    /// <param name="hu">Its mean density, HU.</param>
    /// <returns>The phantom, and the cyst's middle.</returns>
    /// <exception cref="OptionException">There is no organ on that side.</exception>
    public (LabelledPhantom Phantom, SlicePosition Middle) WithCyst(double radiusMm, RandomStream random, double hu = 5)
    {
        ArgumentNullException.ThrowIfNull(random);
        OptionException.ThrowIfOutside(nameof(radiusMm), radiusMm, 1, 100);
        const double NoiseHu = 8;
        var (shape, spacing) = (Ct.Shape, Ct.Spacing);
        int[] tumours = [.. Where(Tumour)];
        bool left = tumours.Count(IsLeft) * 2 < tumours.Length;
        int[] organ = [.. Where(Organ).Where(i => IsLeft(i) == left)];
        if (organ.Length == 0)
            throw new OptionException("organ", "none on the side of the smaller tumour", "an organ of two sides, such as the kidneys");
        var middle = new SlicePosition((int)organ.Average(D), (int)organ.Average(H), (int)organ.Average(W));
        float[] voxels = [.. Ct.Voxels];
        byte[] labels = [.. Labels.Voxels];
        foreach (int i in organ.Where(IsInside))
            (voxels[i], labels[i]) = ((float)Math.Round(hu + (NoiseHu * random.NextGaussian())), Cyst);
        return (new LabelledPhantom(new CtVolume(Ct.Grid, voxels, Ct.Source), new LabelVolume(Ct.Grid, labels)), middle);

        int D(int i) => i / (shape.Width * shape.Height);
        int H(int i) => i / shape.Width % shape.Height;
        int W(int i) => i % shape.Width;
        bool IsLeft(int i) => W(i) * 2 < shape.Width;
        IEnumerable<int> Where(byte label) => Enumerable.Range(0, Labels.Voxels.Length).Where(i => Labels.Voxels[i] == label);
        bool IsInside(int i) =>
            Math.Pow((D(i) - middle.Depth) * spacing.Depth, 2) + Math.Pow((H(i) - middle.Height) * spacing.Height, 2)
                + Math.Pow((W(i) - middle.Width) * spacing.Width, 2) <= radiusMm * radiusMm;
    }
}
