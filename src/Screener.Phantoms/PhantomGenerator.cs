using System.Numerics;
using Screener.Imaging;
using Screener.Phantoms.Anatomy;
using Screener.Phantoms.Lesions;
using Screener.Randomness;
using Screener.Reporting;

namespace Screener.Phantoms;

/// <summary>Makes phantom patients: chest and abdomen, from above the lungs to below the kidneys.</summary>
/// <remarks>
/// The body, the scan and its noise depend on the seed alone and not on the disease: the patient of the same seed with
/// <see cref="Pathology.None"/> is the healthy twin, voxel for voxel except at the lesions. Uses one thread; a cohort makes its
/// patients side by side. The same bits are promised on one kind of machine; sines and powers may differ in their last bit on another.
/// </remarks>
public static class PhantomGenerator
{
    /// <summary>Changes whenever the same seed gives other voxels than before.</summary>
    public const string Version = "3";

    /// <summary>Makes one patient.</summary>
    /// <param name="seed">Which patient; the same seed and options give the same bits.</param>
    /// <param name="pathology">The disease to grow in this body.</param>
    /// <param name="options">How it is scanned.</param>
    /// <param name="cancellation">Stops between slices.</param>
    /// <exception cref="Errors.OptionException">An option is out of its range.</exception>
    public static PhantomPatient Generate(ulong seed, Pathology pathology, PhantomOptions options, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (!Enum.IsDefined(pathology))
            throw new Errors.OptionException(nameof(pathology), $"{(int)pathology}", "one of the pathologies");
        var (random, frame, layout) = Draw(seed, options);
        var traits = frame.Traits;
        var scan = new CleanScan(layout);
        PaintHealthy(scan, random, frame, cancellation);
        var lesions = new byte[scan.Hu.Length];
        int count = LesionGrowth.Grow(pathology, random.Fork("lesions"), scan, traits, lesions);
        var voxels = Acquisition.Acquire(random.Fork("acquisition"), scan, traits, cancellation);
        return new PhantomPatient(
            seed,
            pathology,
            traits,
            new CtVolume(layout.Grid, voxels, $"phantom {seed}, {Words.Of(pathology)}"),
            new LesionMask(layout.Grid, lesions),
            new LabelVolume(layout.Grid, scan.Organs) { Names = PhantomOrganNames.All },
            count);
    }

    /// <summary>The grid of a patient's volumes; nothing is painted for it.</summary>
    internal static VolumeGrid GridOf(ulong seed, PhantomOptions options) => Draw(seed, options).Layout.Grid;

    private static (RandomStream Random, BodyFrame Frame, ScanLayout Layout) Draw(ulong seed, PhantomOptions options)
    {
        var random = new RandomStream(seed).Fork("phantom");
        var frame = new BodyFrame(random.Fork("frame"), PatientTraits.Draw(random, options), options);
        return (random, frame, ScanLayout.Draw(random.Fork("layout"), frame, options));
    }

    private static void PaintHealthy(CleanScan scan, RandomStream random, BodyFrame frame, CancellationToken cancellation)
    {
        var layout = scan.Layout;
        var traits = frame.Traits;
        var enhancement = Enhancement.Of(traits.Phase).Scaled(traits.ContrastStrength);
        float bone = Math.Clamp(1.25f - (0.008f * (traits.Age - 30)) - (traits.Female && traits.Age > 55 ? 0.1f : 0), 0.55f, 1.3f)
            * (float)random.Fork("bone").Uniform(0.88, 1.12);
        var mediastinum = new Mediastinum(random.Fork("mediastinum"), frame, enhancement);
        var upper = new UpperAbdomen(random.Fork("upper abdomen"), frame, enhancement);
        Kidney[] kidneys = [new(random.Fork("right kidney"), frame, enhancement, 1),
            new(random.Fork("left kidney"), frame, enhancement, -1)];
        IStructure[] structures =
        [
            new BodyWall(random.Fork("wall"), traits),
            new Spine(random.Fork("spine"), frame, bone),
            new RibCage(random.Fork("ribs"), frame, bone),
            new Lungs(random.Fork("lungs"), frame, mediastinum, enhancement),
            mediastinum,
            new Diaphragm(frame),
            Gut.SmallBowel(random.Fork("small bowel"), frame, enhancement),
            Gut.Colon(random.Fork("colon"), frame, enhancement),
            new Liver(random.Fork("liver"), frame, enhancement),
            upper,
            Gut.Stomach(random.Fork("stomach"), frame, enhancement),
            kidneys[0],
            kidneys[1],
            new AbdominalVessels(random.Fork("abdominal vessels"), frame, enhancement, upper, kidneys),
        ];
        var couch = new Couch(random.Fork("couch"));
        var texture = random.Fork("texture");
        var fine = new NoiseLattice(texture.Fork("fine"), 2.6f);
        var medium = new NoiseLattice(texture.Fork("medium"), 7f);
        var coarse = new NoiseLattice(texture.Fork("coarse"), 22f);
        var shape = layout.Grid.Shape;
        var slice = new PhantomSlice(frame, shape.Height, shape.Width, layout.Origin.X, layout.Origin.Y, layout.Pixel);
        int pixels = shape.Height * shape.Width;
        for (int d = 0; d < shape.Depth; d++)
        {
            cancellation.ThrowIfCancellationRequested();
            slice.MoveTo(layout.Origin.Z + (d * layout.SliceSpacing), fine, medium, coarse);
            foreach (var structure in structures)
                structure.Paint(slice);
            couch.Paint(slice, layout.Back);
            scan.Store(d, slice);
        }
    }
}
