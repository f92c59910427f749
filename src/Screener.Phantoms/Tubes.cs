using System.Numerics;
using System.Runtime.CompilerServices;

namespace Screener.Phantoms;

/// <summary>A rounded cone between two points: a piece of vessel, airway or bowel. Scanner coordinates, mm.</summary>
internal readonly record struct TubeSegment(Vector3 From, Vector3 To, float FromRadius, float ToRadius)
{
    /// <summary>Signed distance (to the cone's side, radius interpolated), and how far along the segment the nearest point lies.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal float Distance(Vector3 p, out float along)
    {
        var axis = To - From;
        float length = axis.LengthSquared();
        along = length > 1e-6f ? Math.Clamp(Vector3.Dot(p - From, axis) / length, 0, 1) : 0;
        return Vector3.Distance(p, From + (along * axis)) - (FromRadius + (along * (ToRadius - FromRadius)));
    }
}

/// <summary>Many tubes of one tissue, found by slice.</summary>
internal sealed class Tubes : IStructure
{
    private readonly List<TubeSegment> _segments = [];
    private readonly BodyFrame _frame;
    private readonly Tissue _tissue;
    private readonly Func<PhantomOrgan, bool>? _within;
    private readonly bool _keepLabel;
    private TubeSegment[]? _sorted;
    private float _longest;

    /// <param name="frame">Maps the points that are added.</param>
    /// <param name="tissue">What the tubes are filled with.</param>
    /// <param name="within">Paint only over these labels; everywhere if null.</param>
    /// <param name="keepLabel">Leave the labels as they are, as for a vessel inside of an organ.</param>
    internal Tubes(BodyFrame frame, Tissue tissue, Func<PhantomOrgan, bool>? within = null, bool keepLabel = false)
    {
        _frame = frame;
        _tissue = tissue;
        _within = within;
        _keepLabel = keepLabel;
    }

    /// <summary>Adds a chain of tubes through points of the average body.</summary>
    internal Tubes Add(float radius, params ReadOnlySpan<Vector3> points)
    {
        for (int i = 0; i + 1 < points.Length; i++)
            Add(points[i], points[i + 1], radius, radius);
        return this;
    }

    internal void Add(Vector3 from, Vector3 to, float fromRadius, float toRadius)
    {
        _segments.Add(new TubeSegment(_frame.ToScanner(from), _frame.ToScanner(to), fromRadius, toRadius));
        _sorted = null;
    }

    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        if (_sorted is null)
        {
            _sorted = [.. _segments.OrderBy(Low)];
            _longest = _sorted.Length == 0 ? 0 : _sorted.Max(s => High(s) - Low(s));
        }

        float margin = slice.Pixel;
        for (int i = LowerBound(slice.ScannerZ - _longest - margin); i < _sorted.Length && Low(_sorted[i]) <= slice.ScannerZ + margin; i++)
        {
            if (High(_sorted[i]) >= slice.ScannerZ - margin)
                Paint(slice, _sorted[i], margin);
        }
    }

    private void Paint(PhantomSlice slice, in TubeSegment s, float margin)
    {
        float radius = MathF.Max(s.FromRadius, s.ToRadius) + margin;
        var range = slice.Clip(s, radius);
        float pixelArea = slice.Pixel * slice.Pixel;
        for (int h = range.FromH; h < range.ToH; h++)
        {
            for (int w = range.FromW; w < range.ToW; w++)
            {
                var at = slice.Scanner(h, w);
                float distance = s.Distance(new Vector3(at, slice.ScannerZ), out float along);
                if (distance > margin)
                    continue;
                int i = (h * slice.Width) + w;
                if (_within is not null && !_within(slice.Label[i]))
                    continue;
                // A tube thinner than a pixel never fills one.
                float r = s.FromRadius + (along * (s.ToRadius - s.FromRadius));
                float coverage = slice.Coverage(distance) * MathF.Min(1, MathF.PI * r * r / pixelArea);
                slice.Blend(i, coverage, slice.Value(_tissue, i), _keepLabel ? slice.Label[i] : _tissue.Label);
            }
        }
    }

    private static float Low(TubeSegment s) => MathF.Min(s.From.Z - s.FromRadius, s.To.Z - s.ToRadius);

    private static float High(TubeSegment s) => MathF.Max(s.From.Z + s.FromRadius, s.To.Z + s.ToRadius);

    private int LowerBound(float z)
    {
        int low = 0, high = _sorted!.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Low(_sorted[middle]) < z)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }
}
