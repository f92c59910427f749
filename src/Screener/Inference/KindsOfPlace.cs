using Screener.HuBaselines;
using Screener.Errors;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Inference;

/// <summary>
/// Kinds of place in a body, such as lung, skin, spine or liver: clusters (k-means) of what surrounds a voxel and where in the body it
/// lies. Nobody names them; they say which voxels of a population a voxel is compared with.
/// </summary>
public sealed class KindsOfPlace
{
    // The mean HU of the body within two distances, and the place in the body's box, left and right alike.
    internal const int Features = 5;

    private const double NearMm = 6, FarMm = 15;
    private const float HuUnit = 300, PlaceUnit = 0.25f;
    private const int Rounds = 25;

    internal KindsOfPlace(float[] centres)
    {
        if (centres.Length == 0 || centres.Length % Features != 0 || centres.Length / Features > byte.MaxValue
            || !centres.All(float.IsFinite))
        {
            throw new OptionException(
                "kinds", $"{centres.Length} numbers", $"{Features} finite numbers for each of 1 to {byte.MaxValue} kinds");
        }
        Centres = centres;
    }

    /// <summary>How many.</summary>
    public int Count => Centres.Length / Features;

    /// <summary>[kind, feature].</summary>
    internal float[] Centres { get; }

    /// <summary>Clusters of places.</summary>
    /// <param name="places">[place, feature], as <see cref="Of(PatientScan, CancellationToken)"/> compares them.</param>
    /// <param name="kinds">How many clusters; fewer where there are fewer places.</param>
    /// <param name="random">Chooses the first centres.</param>
    internal static KindsOfPlace Fit(float[] places, int kinds, RandomStream random)
    {
        int count = places.Length / Features;
        kinds = Math.Min(kinds, count);
        int[] first = Enumerable.Range(0, count).ToArray();
        for (int k = 0; k < kinds; k++)
        {
            int other = k + random.NextInt(count - k);
            (first[k], first[other]) = (first[other], first[k]);
        }

        var found = new KindsOfPlace([.. first.Take(kinds).SelectMany(p => places[(p * Features)..((p + 1) * Features)])]);
        for (int round = 0; round < Rounds; round++)
        {
            var sums = new double[kinds * Features];
            var members = new int[kinds];
            for (int p = 0; p < count; p++)
            {
                var place = places.AsSpan(p * Features, Features);
                int kind = found.Nearest(place);
                members[kind]++;
                for (int f = 0; f < Features; f++)
                    sums[(kind * Features) + f] += place[f];
            }

            // A centre without members stays where it is.
            found = new KindsOfPlace(
                [.. sums.Select((sum, i) => members[i / Features] == 0 ? found.Centres[i] : (float)(sum / members[i / Features]))]);
        }

        return found;
    }

    /// <summary>The kind of each voxel of the body, from 0; 0 outside of it.</summary>
    internal byte[] Of(PatientScan scan, CancellationToken cancellation)
    {
        var kinds = new byte[scan.Body.Voxels.Length];
        Visit(scan, (voxel, place) => kinds[voxel] = (byte)Nearest(place), cancellation);
        return kinds;
    }

    /// <summary>Hands out the features of each voxel of the body, several threads at a time.</summary>
    internal static void Visit(PatientScan scan, Action<int, ReadOnlySpan<float>> use, CancellationToken cancellation)
    {
        var (ct, body, threads) = (scan.Ct, scan.Body, scan.Compute.ThreadCount);
        var box = BodyBox.Of(body);
        var near = new float[box.Shape.CheckedLength()];
        int plane = box.Shape.Height * box.Shape.Width;
        BodySmoothing.ForEachSlice(ct, body, box, NearMm, threads, (_, d, slice) => slice.CopyTo(near, d * plane), cancellation);
        var along = Enumerable.Range(0, 3).Select(canonical => PlacesAlong(ct.Grid.Affine, box, canonical)).ToArray();
        BodySmoothing.ForEachSlice(ct, body, box, FarMm, threads, (_, d, far) =>
        {
            Span<float> place = stackalloc float[Features];
            for (int h = 0; h < box.Shape.Height; h++)
            {
                int start = ct.Shape.Index(box.D + d, box.H + h, box.W);
                for (int w = 0; w < box.Shape.Width; w++)
                {
                    if (body.Voxels[start + w] == 0)
                        continue;
                    int at = (h * box.Shape.Width) + w;
                    place[0] = Math.Clamp(near[(d * plane) + at], -1000, 1000) / HuUnit;
                    place[1] = Math.Clamp(far[at], -1000, 1000) / HuUnit;
                    for (int k = 0; k < 3; k++)
                        place[2 + k] = along[k].Places[along[k].Axis switch { 0 => d, 1 => h, _ => w }];
                    use(start + w, place);
                }
            }
        }, cancellation);
    }

    /// <summary>The kind of a place.</summary>
    internal int Nearest(ReadOnlySpan<float> place)
    {
        int best = 0;
        float least = float.PositiveInfinity;
        for (int k = 0; k < Centres.Length; k += Features)
        {
            float distance = 0;
            for (int f = 0; f < Features; f++)
                distance += (place[f] - Centres[k + f]) * (place[f] - Centres[k + f]);
            if (distance < least)
                (least, best) = (distance, k / Features);
        }

        return best;
    }

    // Where the steps along the array axis of a canonical one lie: from feet to head, back to front, and how far from the middle.
    private static (int Axis, float[] Places) PlacesAlong(Affine affine, BodyBox box, int canonical)
    {
        var (axis, reversed) = Reorientation.From(affine)[canonical];
        int length = axis switch { 0 => box.Shape.Depth, 1 => box.Shape.Height, _ => box.Shape.Width };
        return (axis, [.. Enumerable.Range(0, length).Select(i =>
        {
            double at = ((reversed ? length - 1 - i : i) + 0.5) / length;
            return (float)(canonical == 2 ? Math.Abs((2 * at) - 1) : at) / PlaceUnit;
        })]);
    }
}
