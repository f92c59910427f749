using Screener.Augmentation;
using Screener.Imaging;
using Screener.Interactive.Features;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Values;

/// <summary>What networks see and make: crops, patches, feature maps.</summary>
internal static class FeatureFormatters
{
    private const int Side = 190, PairSide = 300, MostPoints = 14;

    private static readonly Rgb HiddenTint = new(40, 90, 200);

    internal static IEnumerable<NotebookFormatter> All { get; } =
    [
        new NotebookFormatter<CropPair>(Pair),
        new NotebookFormatter<Patch>(
            p => new Document("", "", new PicturesPart([.. Planes(p.Shape).Select(plane => Draw(p, plane, SideOf(p.Shape)))]))),
        new NotebookFormatter<PatchGallery>(Gallery),
        new NotebookFormatter<FeatureMap>(m => Features(new FeatureView([m]))),
        new NotebookFormatter<FeatureView>(Features),
        new NotebookFormatter<FeatureColors>(c => new Document("Feature colours", "principal components", Explained(c))),
    ];

    private static Document Gallery(PatchGallery gallery)
    {
        var parts =
            new List<DocumentPart> { new PicturesPart(
                [.. gallery.Patches.Take(PatchGallery.MostShown).Select(p => Draw(p, SlicePlane.Axial, Side))]) };
        if (gallery.Patches.Count > PatchGallery.MostShown)
            parts.Add(new NotePart(Invariant($"{gallery.Patches.Count - PatchGallery.MostShown} more patches are not shown.")));
        if (gallery.Patches.Any(p => p.Visible is not null))
            parts.Add(new NotePart("Blue: hidden."));
        return new Document(gallery.Title, gallery.Patches.Count == 0 ? "no patch" : "", parts);
    }

    private static Picture Draw(Patch patch, SlicePlane plane, int side)
    {
        var slice = new PatchSlice(patch.Shape, patch.Spacing, plane, null, side);
        var image = slice.Grey(patch.Intensities);
        if (patch.Visible is { } visible)
            slice.Tint(image, visible, HiddenTint);
        return new Picture(image, patch.Caption);
    }

    private static Document Features(FeatureView view)
    {
        if (view.Maps.Count == 0)
            return new Document(view.Title, "no feature map");
        var together = view.ColorsApart ? null : view.Colors ?? FeatureColors.Fit(view.Maps);
        var pictures = view.Maps.Select(map =>
        {
            var (red, green, blue) = (together ?? FeatureColors.Fit(map)).Apply(map);
            var planes = Planes(map.Shape);
            return planes.Select(plane => new Picture(
                new PatchSlice(map.Shape, map.Spacing, plane, null, SideOf(map.Shape)).Colors(red, green, blue),
                map.Caption.Length == 0 ? Name(plane) : planes.Length == 1 ? map.Caption : $"{map.Caption}, {Name(plane)}")).ToList();
        }).ToList();

        // The planes of each map in a row of their own.
        var rows = pictures.All(p => p.Count == 1)
            ? [new PicturesPart([.. pictures.SelectMany(p => p)])]
            : pictures.Select(p => new PicturesPart(p));
        return new Document(
            view.Title.Length > 0 ? view.Title : "Features",
            Invariant($"{view.Maps[0].Channels} channels, {string.Join("; ", view.Maps.Select(m => m.Shape).Distinct())}"),
            [.. rows,
                together is null
                    ? new NotePart(
                        "Red, green and blue are the first principal components of each map by itself: equal colours in two maps mean "
                        + "nothing.")
                    : Explained(together)]);
    }

    // Of a single slice there is nothing to see from the front or the side, and more room.
    private static SlicePlane[] Planes(VolumeShape shape) => shape.Depth == 1 ? [SlicePlane.Axial] : Enum.GetValues<SlicePlane>();

    private static int SideOf(VolumeShape shape) => shape.Depth == 1 ? PairSide : Side;

    private static NotePart Explained(FeatureColors colors) => new(Invariant(
        $"Red, green and blue are the first principal components; they hold ")
        + Invariant($"{string.Join(", ", colors.Explained.Select(e => Invariant($"{e * 100:0} %")))} of the variance."));

    // The slice that most of the common positions lie in, with some of them marked alike in both crops.
    private static Document Pair(CropPair pair)
    {
        int points = pair.FirstPositions.Length / 3;
        var (d1, d2) = points == 0 ? (pair.Shape.Depth / 2, pair.Shape.Depth / 2) : CommonSlice(pair, points);
        var near = Enumerable.Range(0, points)
            .Where(i => Math.Abs(pair.FirstPositions[i * 3] - d1) <= 1 && Math.Abs(pair.SecondPositions[i * 3] - d2) <= 1.5).Take(
                MostPoints).ToList();
        return new Document(
            "Pair of crops",
            Invariant($"{pair.Shape} voxels, {points:#,0} common positions"),
            new PicturesPart(
                Draw(pair.Shape, pair.First, pair.FirstSpacing, pair.FirstPositions, d1, near, "first"),
                Draw(pair.Shape, pair.Second, pair.SecondSpacing, pair.SecondPositions, d2, near, "second")),
            new TablePart(["Crop", "Voxel spacing [D, H, W]", "First voxel in the volume", "Steps in the volume", "Turned"],
            [
                ["first", pair.FirstSpacing.ToString(), Numbers(pair.FirstToVolume.Start), Numbers(pair.FirstToVolume.Step),
                    pair.FirstToVolume.Swapped ? "yes" : "no"],
                ["second", pair.SecondSpacing.ToString(), Numbers(pair.SecondToVolume.Start), Numbers(pair.SecondToVolume.Step),
                    pair.SecondToVolume.Swapped ? "yes" : "no"],
            ]),
            new NotePart("Equal marks are the same point of the patient."));
    }

    private static (int First, int Second) CommonSlice(CropPair pair, int points)
    {
        var counts = new int[pair.Shape.Depth];
        for (int i = 0; i < points; i++)
            counts[Math.Clamp((int)Math.Round(pair.FirstPositions[i * 3]), 0, counts.Length - 1)]++;
        int first = Array.IndexOf(counts, counts.Max());
        var second = Enumerable.Range(0, points).Where(i => Math.Abs(pair.FirstPositions[i * 3] - first) <= 0.5).Select(
            i => pair.SecondPositions[i * 3]).Order().ToList();
        return (first, Math.Clamp((int)Math.Round(second[second.Count / 2]), 0, pair.Shape.Depth - 1));
    }

    private static Picture Draw(VolumeShape shape, float[] values, Spacing spacing, float[] positions, int d, List<int> marks, string name)
    {
        var slice = new PatchSlice(shape, spacing, SlicePlane.Axial, new SlicePosition(d, shape.Height / 2, shape.Width / 2), PairSide);
        var image = slice.Grey(values);
        for (int n = 0; n < marks.Count; n++)
        {
            int i = marks[n] * 3;
            var (x, y) = slice.PixelOf(image, positions[i + 1], positions[i + 2]);
            Mark(image, x, y, Hue((double)n / marks.Count));
        }

        return new Picture(image, Invariant($"{name} crop, slice {d}"));
    }

    private static void Mark(RgbImage image, double x, double y, Rgb color)
    {
        const int Radius = 5;
        for (int py = (int)y - Radius - 1; py <= y + Radius + 1; py++)
        {
            for (int px = (int)x - Radius - 1; px <= x + Radius + 1; px++)
            {
                if (px < 0 || py < 0 || px >= image.Width || py >= image.Height)
                    continue;
                double distance = Math.Sqrt(((px - x) * (px - x)) + ((py - y) * (py - y)));
                if (distance <= Radius)
                    image[px, py] = distance > Radius - 1.5 ? Rgb.Black : color;
            }
        }
    }

    private static Rgb Hue(double turn)
    {
        byte Part(double shift) => (byte)Math.Round(255 * Math.Clamp(Math.Abs((((turn + shift) % 1) * 6) - 3) - 1, 0, 1));
        return new Rgb(Part(0), Part(2.0 / 3), Part(1.0 / 3));
    }

    private static string Name(SlicePlane plane) => plane switch
    {
        SlicePlane.Axial => "axial",
        SlicePlane.Coronal => "coronal",
        _ => "sagittal",
    };

    private static string Numbers((double D, double H, double W) at) => Invariant($"({at.D:0.##}, {at.H:0.##}, {at.W:0.##})");
}
