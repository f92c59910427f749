using System.Numerics;
using System.Runtime.CompilerServices;
using Screener.Imaging;

namespace Screener.Phantoms;

/// <summary>What a tissue looks like: mean attenuation, and how much of it varies at about 5, 15 and 45 mm, HU.</summary>
internal readonly record struct Tissue(float Mean, float Fine, float Medium, float Coarse, PhantomOrgan Label);

/// <summary>
/// One axial slice while it is painted: per pixel the position in the body, random fields, attenuation and label.
/// </summary>
/// <remarks>Structures are painted one over the other, back to front in importance; edges are one pixel wide.</remarks>
internal sealed class PhantomSlice
{
    private const int AngleBins = 512;
    private readonly BodyFrame _frame;
    private readonly float[] _cavity = new float[AngleBins + 1];
    private readonly float[] _muscle = new float[AngleBins + 1];
    private readonly float[] _skin = new float[AngleBins + 1];
    private readonly float _originX, _originY;

    internal PhantomSlice(BodyFrame frame, int height, int width, float originX, float originY, float pixel)
    {
        _frame = frame;
        (Height, Width, Pixel, _originX, _originY) = (height, width, pixel, originX, originY);
        int n = height * width;
        Position = new Vector3[n];
        Hu = new float[n];
        Label = new PhantomOrgan[n];
        Angle = new float[n];
        Cavity = new float[n];
        Muscle = new float[n];
        Skin = new float[n];
        Fine = new float[n];
        Medium = new float[n];
        Coarse = new float[n];
        Scratch = new float[n];
        Nearest = new int[n];
    }

    internal int Height { get; }

    internal int Width { get; }

    /// <summary>Edge of a pixel, mm.</summary>
    internal float Pixel { get; }

    /// <summary>z of the slice in scanner coordinates, mm.</summary>
    internal float ScannerZ { get; private set; }

    /// <summary>Typical z of the slice in the body, mm.</summary>
    internal float BodyZ { get; private set; }

    /// <summary>Position in the body per pixel.</summary>
    internal Vector3[] Position { get; }

    /// <summary>Attenuation per pixel, HU.</summary>
    internal float[] Hu { get; }

    internal PhantomOrgan[] Label { get; }

    /// <summary>Direction from the cavity's middle (0 right, pi/2 front) per pixel.</summary>
    internal float[] Angle { get; }

    /// <summary>Signed distances per pixel, negative inside: cavity wall, outer muscle, skin.</summary>
    internal float[] Cavity { get; }

    /// <inheritdoc cref="Cavity"/>
    internal float[] Muscle { get; }

    /// <inheritdoc cref="Cavity"/>
    internal float[] Skin { get; }

    /// <summary>Random field of about 5 mm, standard deviation 1.</summary>
    internal float[] Fine { get; }

    /// <summary>Random field of about 15 mm, standard deviation 1.</summary>
    internal float[] Medium { get; }

    /// <summary>Random field of about 45 mm, standard deviation 1.</summary>
    internal float[] Coarse { get; }

    /// <summary>Room for a structure's own per-pixel numbers.</summary>
    internal float[] Scratch { get; }

    /// <inheritdoc cref="Scratch"/>
    internal int[] Nearest { get; }

    /// <summary>Moves to the slice at <paramref name="scannerZ"/>: empties it and computes positions, walls and fields.</summary>
    internal void MoveTo(float scannerZ, NoiseLattice fine, NoiseLattice medium, NoiseLattice coarse)
    {
        ScannerZ = scannerZ;
        Array.Fill(Hu, -1000);
        Array.Fill(Label, PhantomOrgan.Outside);
        fine.Fill(Fine, Height, Width, _originX, _originY, scannerZ, Pixel);
        medium.Fill(Medium, Height, Width, _originX, _originY, scannerZ, Pixel);
        coarse.Fill(Coarse, Height, Width, _originX, _originY, scannerZ, Pixel);
        ComputePositions();
        BodyZ = Position[((Height / 2) * Width) + (Width / 2)].Z;
        for (int i = 0; i <= AngleBins; i++)
        {
            float angle = (i * 2 * MathF.PI / AngleBins) - MathF.PI;
            _cavity[i] = _frame.CavityRadius(angle, BodyZ);
            _muscle[i] = _cavity[i] + _frame.MuscleThickness(angle, BodyZ);
            _skin[i] = _muscle[i] + _frame.FatThickness(angle, BodyZ) + 2;
        }

        float middle = BodyFrame.MiddleAt(BodyZ);
        for (int i = 0; i < Hu.Length; i++)
        {
            float x = Position[i].X, y = Position[i].Y - middle;
            float radius = MathF.Sqrt((x * x) + (y * y));
            float angle = MathF.Atan2(y, x);
            Angle[i] = angle;
            float t = (angle + MathF.PI) * (AngleBins / (2 * MathF.PI));
            int k = Math.Clamp((int)t, 0, AngleBins - 1);
            float f = t - k;
            Cavity[i] = radius - (_cavity[k] + (f * (_cavity[k + 1] - _cavity[k])));
            Muscle[i] = radius - (_muscle[k] + (f * (_muscle[k + 1] - _muscle[k])));
            Skin[i] = radius - (_skin[k] + (f * (_skin[k + 1] - _skin[k])));
        }
    }

    /// <summary>The part of a pixel that a shape covers whose edge is <paramref name="distance"/> mm away (negative inside).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal float Coverage(float distance) => Math.Clamp(0.5f - (distance / Pixel), 0, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal float Value(in Tissue tissue, int i) =>
        tissue.Mean + (tissue.Fine * Fine[i]) + (tissue.Medium * Medium[i]) + (tissue.Coarse * Coarse[i]);

    /// <summary>Paints part of a pixel; the label changes where the new tissue covers most of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Blend(int i, float coverage, float hu, PhantomOrgan label)
    {
        Hu[i] += coverage * (hu - Hu[i]);
        if (coverage >= 0.5f)
            Label[i] = label;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Blend(int i, float coverage, in Tissue tissue) => Blend(i, coverage, Value(tissue, i), tissue.Label);

    /// <summary>The pixels whose body position may lie in a box of the average body.</summary>
    internal PixelRange Range(Vector3 min, Vector3 max)
    {
        // The slice's middle and the point may be moved in opposite directions.
        float margin = _frame.Reach + (2 * Pixel);
        if (BodyZ < min.Z - (2 * margin) || BodyZ > max.Z + (2 * margin))
            return default;
        float scale = _frame.Traits.TrunkWidth;
        return Clip(((min.X - margin) * scale), (min.Y - margin) * scale, (max.X + margin) * scale, (max.Y + margin) * scale);
    }

    /// <summary>The pixels of a box in scanner coordinates.</summary>
    internal PixelRange Clip(float minX, float minY, float maxX, float maxY) => new(
        Math.Max(0, (int)MathF.Floor((minY - _originY) / Pixel)),
        Math.Min(Height, (int)MathF.Ceiling((maxY - _originY) / Pixel) + 1),
        Math.Max(0, (int)MathF.Floor((minX - _originX) / Pixel)),
        Math.Min(Width, (int)MathF.Ceiling((maxX - _originX) / Pixel) + 1),
        Width);

    /// <summary>The pixels that a tube may reach.</summary>
    internal PixelRange Clip(in TubeSegment tube, float radius)
    {
        var (low, high) = (Vector3.Min(tube.From, tube.To), Vector3.Max(tube.From, tube.To));
        return low.Z - radius > ScannerZ || high.Z + radius < ScannerZ
            ? default
            : Clip(low.X - radius, low.Y - radius, high.X + radius, high.Y + radius);
    }

    /// <summary>Scanner coordinates of a pixel's centre.</summary>
    internal Vector2 Scanner(int h, int w) => new(_originX + (w * Pixel), _originY + (h * Pixel));

    // The deformation is smooth over centimetres: computed at every eighth pixel, linear between.
    private void ComputePositions()
    {
        const int step = 8;
        int rows = ((Height - 1) / step) + 2, columns = ((Width - 1) / step) + 2;
        var knots = new Vector3[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
                knots[(r * columns) + c] = _frame.ToBody(
                    new Vector3(_originX + (c * step * Pixel), _originY + (r * step * Pixel), ScannerZ));
        }

        for (int h = 0; h < Height; h++)
        {
            int r = h / step * columns;
            float fy = (h % step) / (float)step;
            for (int w = 0; w < Width; w++)
            {
                int k = r + (w / step);
                float fx = (w % step) / (float)step;
                var low = Vector3.Lerp(knots[k], knots[k + 1], fx);
                var high = Vector3.Lerp(knots[k + columns], knots[k + columns + 1], fx);
                Position[(h * Width) + w] = Vector3.Lerp(low, high, fy);
            }
        }
    }
}

/// <summary>Rows [FromH, ToH) and columns [FromW, ToW) of a slice of that width; enumerates the pixels' indices.</summary>
internal readonly record struct PixelRange(int FromH, int ToH, int FromW, int ToW, int Width)
{
    public Enumerator GetEnumerator() => new(this);

    internal struct Enumerator(PixelRange range)
    {
        private int _h = range.FromH, _w = range.FromW - 1;

        public readonly int Current => (_h * range.Width) + _w;

        public bool MoveNext()
        {
            if (++_w < range.ToW)
                return _h < range.ToH;
            _w = range.FromW;
            return ++_h < range.ToH && _w < range.ToW;
        }
    }
}

/// <summary>A part of the anatomy that paints itself into slices.</summary>
internal interface IStructure
{
    void Paint(PhantomSlice slice);
}
