using Screener.Imaging;
using Screener.Randomness;

namespace Screener.SyntheticLesions;

/// <summary>Draws lesions into crops of HU.</summary>
internal sealed class LesionPainter(SyntheticLesionOptions options)
{
    private const int Tries = 60;

    /// <summary>Neighbourhood over which the tissue at a place is judged: so many voxels to each side.</summary>
    private const int Neighbourhood = 2;

    private enum Place
    {
        Lung,
        Soft,
        Anywhere,
    }

    private enum Kind
    {
        Foreign,
        Solid,
        GroundGlass,
        SoftTissue,
        Mass,
    }

    /// <summary>Draws the lesions of one crop.</summary>
    /// <param name="hu">HU, [D, H, W]; changed.</param>
    /// <param name="mask">The part of each voxel that a lesion covers, 0 to 1; added to.</param>
    /// <param name="shape">Voxels along [D, H, W].</param>
    /// <param name="millimetres">The size of a voxel.</param>
    /// <param name="foreign">Another crop of the same shape.</param>
    /// <param name="random">Draws everything.</param>
    /// <param name="radii">Where given, the radius in mm of the lesion that covers a voxel; else as it was.</param>
    internal void Paint(
        float[] hu, float[] mask, VolumeShape shape, double millimetres, Func<float[]> foreign, RandomStream random,
        float[]? radii = null)
    {
        if (random.Chance(options.HealthyShare))
            return;
        int lesions = options.FewestPerCrop + random.NextInt(options.MostPerCrop - options.FewestPerCrop + 1);
        for (int i = 0; i < lesions; i++)
            PaintOne(hu, mask, shape, millimetres, foreign, random, radii);
    }

    private void PaintOne(
        float[] hu, float[] mask, VolumeShape shape, double millimetres, Func<float[]> foreign, RandomStream random, float[]? radii)
    {
        if (Find(hu, shape, random) is not var (place, centre, tissue))
            return;
        bool lung = tissue < -450;
        var kind = random.Chance(options.ForeignShare) || (place == Place.Anywhere && random.Chance(0.3)) ? Kind.Foreign
            : !lung ? Kind.SoftTissue
            : random.Chance(options.GroundGlassShare) ? Kind.GroundGlass : Kind.Solid;
        if (kind == Kind.SoftTissue && options.MassShare > 0 && random.Chance(options.MassShare))
            kind = Kind.Mass;
        var (least, most) = kind switch
        {
            Kind.GroundGlass => (options.LeastRadiusMm, options.MostGroundGlassRadiusMm),
            Kind.Mass => (options.LeastMassRadiusMm, options.MostMassRadiusMm),
            _ => (options.LeastRadiusMm, options.MostRadiusMm),
        };
        double radius = LogUniform(least, most) / millimetres;
        bool hazy = kind == Kind.GroundGlass;
        var outline = new LesionShape(
            centre, radius, edge: hazy ? random.Uniform(1, 5) : random.Uniform(0.8, 2.2),
            roughness: hazy ? random.Uniform(0.3, 3) : random.Uniform(0.3, 1.8), random);

        double contrast = LogUniform(options.LeastContrast, options.MostContrast) * (random.Chance(options.DarkerShare) ? -1 : 1);
        if (random.Chance(0.1))
            contrast *= 2.5;
        double level = kind switch
        {
            Kind.Solid => random.Uniform(-150, 90),
            Kind.GroundGlass => random.Uniform(-780, -300),
            _ => contrast,
        };
        double roughness = kind switch
        {
            Kind.GroundGlass => random.Uniform(0, 110),
            Kind.Solid => random.Uniform(0, 40),
            _ => random.Uniform(0, 0.5) * Math.Abs(contrast),
        };
        var texture = new ValueNoise(random.Uniform(1, 3.5), random);

        // Without its own texture, half of the lesions in soft tissue keep the organ's.
        double flat = random.Chance(0.5) ? 0 : random.Uniform(0, 1);
        bool hollow = kind is Kind.Solid or Kind.SoftTissue && radius > 2.5 && random.Chance(0.3);
        double core = hollow ? random.Uniform(-1, 1) * Math.Max(25, Math.Abs(contrast) * 0.7) : 0;
        double coreDepth = radius * random.Uniform(0.25, 0.7);
        double opacity = kind == Kind.Foreign ? random.Uniform(0.5, 1) : 1;
        float[]? patch = kind == Kind.Foreign ? foreign() : null;
        var mass = kind == Kind.Mass ? new MassTexture(radius, contrast * random.Uniform(0, 0.7), random) : null;

        // What changes less than this is no lesion that anybody could see.
        double visible = kind == Kind.Mass ? 0 : Math.Min(8, Math.Abs(contrast) * 0.4);
        var (depths, heights, widths) = outline.Box(shape);
        for (int d = depths.Start.Value; d < depths.End.Value; d++)
        {
            for (int h = heights.Start.Value; h < heights.End.Value; h++)
            {
                for (int w = widths.Start.Value; w < widths.End.Value; w++)
                {
                    double distance = outline.Distance(d, h, w), coverage = outline.Coverage(distance);
                    if (coverage <= 0)
                        continue;
                    int i = shape.Index(d, h, w);
                    double before = hu[i];
                    double rough = roughness * texture.At(d, h, w);
                    double inner = core * Math.Clamp(0.5 - ((distance + coreDepth) / 1.5), 0, 1);
                    double after;
                    switch (kind)
                    {
                        case Kind.Foreign:
                            after = patch![i];
                            break;
                        case Kind.Solid or Kind.GroundGlass:
                            // It fills air, and leaves vessels and the chest wall as they are.
                            if (before > -250)
                                continue;
                            after = Math.Max(before, level + rough + inner);
                            break;
                        default:
                            // It stays in its organ: little of it where fat, air or bone begin.
                            if (before < tissue - 70 || before > tissue + 130)
                                coverage *= 0.15;
                            after = mass?.At(before, tissue, distance, d, h, w)
                                ?? before + (flat * (tissue - before)) + level + rough + inner;
                            break;
                    }

                    hu[i] = (float)(before + (coverage * opacity * (after - before)));
                    if (Math.Abs(hu[i] - before) <= visible)
                        continue;
                    mask[i] = Math.Max(mask[i], (float)coverage);
                    if (radii is not null)
                        radii[i] = (float)(radius * millimetres);
                }
            }
        }

        double LogUniform(double least, double greatest) => Math.Exp(random.Uniform(Math.Log(least), Math.Log(greatest)));
    }

    /// <summary>A place for a lesion, and the mean HU there; null where the crop shows nothing but air.</summary>
    private (Place Place, (int D, int H, int W) Centre, double Tissue)? Find(float[] hu, VolumeShape shape, RandomStream random)
    {
        double draw = random.Uniform(0, 1);
        var wanted = draw < options.LungShare ? Place.Lung : draw < options.LungShare + options.SoftShare ? Place.Soft : Place.Anywhere;
        for (int i = 0; i < Tries; i++)
        {
            var at = Draw();
            float value = hu[shape.Index(at.D, at.H, at.W)];
            if (value < -960 || (wanted == Place.Lung && value > -500) || (wanted == Place.Soft && value is < -20 or > 260))
                continue;
            var (mean, deviation) = Around(hu, shape, at);
            if (wanted switch { Place.Lung => mean is > -940 and < -550, Place.Soft => deviation < 40, _ => true })
                return (wanted, at, mean);
        }

        var anywhere = Draw();
        double tissue = Around(hu, shape, anywhere).Mean;
        return tissue < -950 ? null : (Place.Anywhere, anywhere, tissue);

        (int D, int H, int W) Draw() => (random.NextInt(shape.Depth), random.NextInt(shape.Height), random.NextInt(shape.Width));
    }

    private static (double Mean, double Deviation) Around(float[] hu, VolumeShape shape, (int D, int H, int W) at)
    {
        double sum = 0, squares = 0;
        int count = 0;
        for (int d = Math.Max(0, at.D - Neighbourhood); d <= Math.Min(shape.Depth - 1, at.D + Neighbourhood); d++)
        {
            for (int h = Math.Max(0, at.H - Neighbourhood); h <= Math.Min(shape.Height - 1, at.H + Neighbourhood); h++)
            {
                for (int w = Math.Max(0, at.W - Neighbourhood); w <= Math.Min(shape.Width - 1, at.W + Neighbourhood); w++)
                {
                    double value = hu[shape.Index(d, h, w)];
                    (sum, squares, count) = (sum + value, squares + (value * value), count + 1);
                }
            }
        }

        double mean = sum / count;
        return (mean, Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean))));
    }
}
