using System.Numerics;
using Screener.Randomness;
using static Screener.Phantoms.BodyFrame;

namespace Screener.Phantoms.Anatomy;

/// <summary>What fills a piece of gut.</summary>
internal enum Filling
{
    /// <summary>Collapsed: mucosa only.</summary>
    Empty,

    /// <summary>Water-like fluid.</summary>
    Fluid,

    /// <summary>Fluid with contrast medium that was drunk.</summary>
    Contrast,

    /// <summary>Food or stool: mottled, with small bubbles.</summary>
    Solid,

    /// <summary>Gas only.</summary>
    Gas,
}

/// <summary>A stretch of gut: a chain of tubes with a wall, folds and changing content. Gas gathers at the front, above a level.</summary>
internal sealed class HollowOrgan : IStructure
{
    private readonly BodyFrame _frame;
    private readonly PhantomOrgan _label;
    private readonly Tissue _wall;
    private readonly float _thickness, _folds;
    private readonly List<Piece> _pieces = [];

    /// <param name="frame">Maps the points that are added.</param>
    /// <param name="label">Organ.</param>
    /// <param name="wall">Wall.</param>
    /// <param name="thickness">Wall thickness, mm.</param>
    /// <param name="folds">Depth of the folds that narrow the lumen, mm.</param>
    internal HollowOrgan(BodyFrame frame, PhantomOrgan label, Tissue wall, float thickness, float folds)
    {
        _frame = frame;
        _label = label;
        _wall = wall;
        _thickness = thickness;
        _folds = folds;
    }

    private readonly record struct Piece(TubeSegment Tube, Filling Filling, float Content, float GasLevel, float Start);

    /// <summary>Adds a piece; points of the average body, radii of the outer wall, mm.</summary>
    /// <param name="from">Start.</param>
    /// <param name="to">End.</param>
    /// <param name="fromRadius">Radius at the start.</param>
    /// <param name="toRadius">Radius at the end.</param>
    /// <param name="filling">Content.</param>
    /// <param name="content">Attenuation of the content, HU.</param>
    /// <param name="gasAbove">y (body) above which there is gas; infinite for none.</param>
    internal void Add(Vector3 from, Vector3 to, float fromRadius, float toRadius, Filling filling, float content, float gasAbove)
    {
        float start = _pieces.Count == 0 ? 0 : _pieces[^1].Start + Vector3.Distance(_pieces[^1].Tube.From, _pieces[^1].Tube.To);
        _pieces.Add(
            new Piece(
                new TubeSegment(_frame.ToScanner(from), _frame.ToScanner(to), fromRadius, toRadius), filling, content, gasAbove, start));
    }

    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        // First the nearest piece of every pixel, then the look: where pieces meet there is no wall between them.
        float margin = slice.Pixel;
        foreach (bool clear in (ReadOnlySpan<bool>)[true, false])
        {
            for (int k = 0; k < _pieces.Count; k++)
            {
                var s = _pieces[k].Tube;
                float radius = MathF.Max(s.FromRadius, s.ToRadius) + margin;
                var range = slice.Clip(s, radius);
                for (int h = range.FromH; h < range.ToH; h++)
                {
                    for (int w = range.FromW; w < range.ToW; w++)
                    {
                        int i = (h * slice.Width) + w;
                        if (clear)
                        {
                            slice.Scratch[i] = float.PositiveInfinity;
                            continue;
                        }

                        float distance = s.Distance(new Vector3(slice.Scanner(h, w), slice.ScannerZ), out _);
                        if (distance < slice.Scratch[i])
                            (slice.Scratch[i], slice.Nearest[i]) = (distance, k);
                    }
                }
            }
        }

        for (int k = 0; k < _pieces.Count; k++)
            PaintPiece(slice, k, margin);
    }

    private void PaintPiece(PhantomSlice slice, int k, float margin)
    {
        var piece = _pieces[k];
        var s = piece.Tube;
        float radius = MathF.Max(s.FromRadius, s.ToRadius) + margin;
        var range = slice.Clip(s, radius);
        for (int h = range.FromH; h < range.ToH; h++)
        {
            for (int w = range.FromW; w < range.ToW; w++)
            {
                int i = (h * slice.Width) + w;
                float distance = slice.Scratch[i];
                if (slice.Nearest[i] != k || distance > margin || slice.Cavity[i] > 1 || slice.Label[i] == PhantomOrgan.Bone)
                    continue;
                slice.Scratch[i] = float.PositiveInfinity;
                s.Distance(new Vector3(slice.Scanner(h, w), slice.ScannerZ), out float along);
                distance = MathF.Max(MathF.Max(distance, slice.Cavity[i] + 2), 3 - _frame.BelowDiaphragm(slice.Position[i]))
                    + (0.8f * slice.Medium[i]);
                float course = piece.Start + (along * Vector3.Distance(s.From, s.To));
                slice.Blend(i, slice.Coverage(distance), slice.Value(_wall, i), _label);
                float fold = _folds * Smooth((MathF.Sin(course * 0.24f) - 0.2f) * 1.2f);
                float lumen = distance + _thickness + fold;
                if (lumen < slice.Pixel)
                    slice.Blend(i, slice.Coverage(lumen), Content(slice, i, piece), _label);
            }
        }
    }

    private float Content(PhantomSlice slice, int i, in Piece piece)
    {
        float hu = piece.Filling switch
        {
            Filling.Empty => _wall.Mean - 8 + (5 * slice.Fine[i]),
            Filling.Fluid => piece.Content + (3 * slice.Medium[i]),
            Filling.Contrast => piece.Content + (15 * slice.Medium[i]) + (8 * slice.Fine[i]),
            Filling.Gas => -970,
            _ => Mottled(slice, i, piece.Content),
        };
        if (!float.IsInfinity(piece.GasLevel))
        {
            float gas = slice.Coverage(piece.GasLevel - slice.Position[i].Y);
            hu += gas * (-975 - hu);
        }

        return hu;
    }

    // Stool and food: lumps of different density with bubbles between.
    private static float Mottled(PhantomSlice slice, int i, float content)
    {
        float bubbles = Math.Clamp((slice.Fine[i] + (0.5f * slice.Medium[i]) - 0.9f) * 0.7f, 0, 0.85f);
        float hu = content + (18 * slice.Medium[i]) - (22 * slice.Fine[i]);
        return hu + (bubbles * (-800 - hu));
    }
}
