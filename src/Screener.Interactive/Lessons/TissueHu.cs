using Screener.Imaging;
using Screener.Phantoms;
using Screener.Reporting;

namespace Screener.Interactive.Lessons;

/// <summary>HU of each tissue of a phantom, away from its borders, where a voxel holds a part of two tissues.</summary>
public static class TissueHu
{
    // Between fat, about -100 HU, and muscle, about 50.
    private const float FatBelow = -30;

    /// <summary>A row for each tissue: mean, standard deviation and volume of its inner voxels.</summary>
    /// <param name="patient">The phantom.</param>
    public static Measurements Of(PhantomPatient patient)
    {
        ArgumentNullException.ThrowIfNull(patient);
        var (hu, shape) = (patient.Volume.Voxels, patient.Volume.Shape);
        var table = new Measurements("HU by tissue", "tissue", "mean HU", "standard deviation", "volume, ml")
        {
            Note = "Voxels whose six neighbours are of the same kind. At borders a voxel is the mean of two tissues, and would widen both.",
        };
        var inner = Enumerable.Range(0, hu.Length).Where(i => IsInner(patient, shape, i));
        var tissues = inner.GroupBy(
            i => (Kind: Kind(patient, i), IsFat: Kind(patient, i) == (int)PhantomOrgan.SoftTissue && hu[i] < FatBelow));
        foreach (var tissue in tissues.OrderBy(t => t.Key))
        {
            double mean = tissue.Average(i => hu[i]);
            double variance = tissue.Average(i => Math.Pow(hu[i] - mean, 2));
            table.Add(
                Name(tissue.Key.Kind, tissue.Key.IsFat), mean, Math.Sqrt(variance),
                tissue.Count() * patient.Volume.Grid.VoxelVolume / 1000);
        }

        return table;
    }

    private static string Name(int kind, bool isFat) => kind switch
    {
        > byte.MaxValue => "tumour or nodule",
        (int)PhantomOrgan.SoftTissue => isFat ? "fat" : "muscle and skin",
        _ => Words.Of((PhantomOrgan)kind),
    };

    private static int Kind(PhantomPatient patient, int voxel) =>
        patient.Lesions.Voxels[voxel] != 0 ? byte.MaxValue + 1 : patient.Organs.Voxels[voxel];

    private static bool IsInner(PhantomPatient patient, VolumeShape shape, int voxel)
    {
        int plane = shape.Height * shape.Width;
        int d = voxel / plane, h = voxel / shape.Width % shape.Height, w = voxel % shape.Width, kind = Kind(patient, voxel);
        return d > 0 && h > 0 && w > 0 && d < shape.Depth - 1 && h < shape.Height - 1 && w < shape.Width - 1
            && Kind(patient, voxel - plane) == kind && Kind(patient, voxel + plane) == kind
            && Kind(patient, voxel - shape.Width) == kind && Kind(patient, voxel + shape.Width) == kind
            && Kind(patient, voxel - 1) == kind && Kind(patient, voxel + 1) == kind;
    }
}
