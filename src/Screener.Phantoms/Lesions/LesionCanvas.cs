using System.Numerics;
using Screener.Imaging;
using Screener.Randomness;

namespace Screener.Phantoms.Lesions;

/// <summary>The clean scan as lesions see it: voxels with their place in mm, random points of organs, and fields for texture and outline.</summary>
internal sealed class LesionCanvas
{
    private readonly CleanScan _scan;
    private readonly byte[] _mask;
    private readonly NoiseLattice _noise;

    internal LesionCanvas(CleanScan scan, byte[] mask, RandomStream random)
    {
        _scan = scan;
        _mask = mask;
        _noise = new NoiseLattice(random.Fork("noise"), 1);
    }

    internal VolumeShape Shape => _scan.Layout.Grid.Shape;

    internal float Pixel => _scan.Layout.Pixel;

    /// <summary>Edges of a voxel along x, y, z, mm.</summary>
    internal Vector3 Voxel => new(_scan.Layout.Pixel, _scan.Layout.Pixel, _scan.Layout.SliceSpacing);

    internal ref float Hu(int i) => ref _scan.Hu[i];

    internal PhantomOrgan Organ(int i) => (PhantomOrgan)_scan.Organs[i];

    /// <summary>Inside of ribs, abdominal wall and back muscles.</summary>
    internal bool InCavity(int i) => _scan.InCavity[i];

    internal bool IsLesion(int i) => _mask[i] != 0;

    internal void Mark(int i, PhantomOrgan organ)
    {
        _mask[i] = 1;
        _scan.Organs[i] = (byte)organ;
    }

    /// <summary>A random field at <paramref name="p"/>, structures of about twice <paramref name="size"/> mm, standard deviation 1.</summary>
    internal float Noise(Vector3 p, float size) => _noise.At(p.X / size, p.Y / size, p.Z / size);

    /// <summary>Position of a voxel's centre, mm from voxel (0, 0, 0).</summary>
    internal Vector3 Position(int i)
    {
        int w = i % Shape.Width, h = i / Shape.Width % Shape.Height, d = i / Shape.Width / Shape.Height;
        return new Vector3(w, h, d) * Voxel;
    }

    /// <summary>The voxel that holds a position, or -1.</summary>
    internal int IndexAt(Vector3 p)
    {
        var v = p / Voxel;
        int w = (int)MathF.Round(v.X), h = (int)MathF.Round(v.Y), d = (int)MathF.Round(v.Z);
        return Shape.Contains(d, h, w) ? Shape.Index(d, h, w) : -1;
    }

    /// <summary>All voxels of some organs.</summary>
    internal List<int> Voxels(Func<PhantomOrgan, bool> wanted)
    {
        var found = new List<int>();
        for (int i = 0; i < _scan.Organs.Length; i++)
        {
            if (wanted((PhantomOrgan)_scan.Organs[i]))
                found.Add(i);
        }

        return found;
    }

    /// <summary>Visits the voxels within <paramref name="reach"/> mm of <paramref name="centre"/>, with their place relative to it.</summary>
    internal void Visit(Vector3 centre, float reach, Action<int, Vector3> visit)
    {
        var low = (centre - new Vector3(reach)) / Voxel;
        var high = (centre + new Vector3(reach)) / Voxel;
        for (int d = Math.Max(0, (int)MathF.Ceiling(low.Z)); d <= Math.Min(Shape.Depth - 1, (int)high.Z); d++)
        {
            for (int h = Math.Max(0, (int)MathF.Ceiling(low.Y)); h <= Math.Min(Shape.Height - 1, (int)high.Y); h++)
            {
                for (int w = Math.Max(0, (int)MathF.Ceiling(low.X)); w <= Math.Min(Shape.Width - 1, (int)high.X); w++)
                    visit(Shape.Index(d, h, w), (new Vector3(w, h, d) * Voxel) - centre);
            }
        }
    }

    /// <summary>The part of the voxel at <paramref name="offset"/> inside of a shape, from its signed distance at three heights of the slice.</summary>
    internal float Coverage(Vector3 offset, Func<Vector3, float> distance)
    {
        float step = Voxel.Z / 3;
        float sum = 0;
        for (int k = -1; k <= 1; k++)
            sum += Math.Clamp(0.5f - (distance(offset + new Vector3(0, 0, k * step)) / Pixel), 0, 1);
        return sum / 3;
    }
}

/// <summary>An irregular, lobulated solid around the origin.</summary>
internal sealed class IrregularSolid
{
    private readonly Ellipsoid _core;
    private readonly LesionCanvas _canvas;
    private readonly Vector3 _place;
    private readonly float _lobes, _roughness;

    internal IrregularSolid(LesionCanvas canvas, RandomStream random, float radius, float roughness)
    {
        _canvas = canvas;
        Radius = radius;
        _lobes = radius * (float)random.Uniform(0.08, 0.2) * (1 + roughness);
        _roughness = radius * 0.07f * roughness;
        _place = new Vector3((float)random.Uniform(0, 50), (float)random.Uniform(0, 50), (float)random.Uniform(0, 50)) * radius;
        float squash = (float)random.Uniform(0.78, 1.22);
        _core = new Ellipsoid(
            Vector3.Zero,
            radius * new Vector3(squash, (float)random.Uniform(0.85, 1.15), 1 / squash),
            new Vector3((float)random.Uniform(0, 3), (float)random.Uniform(0, 3), (float)random.Uniform(0, 3)));
    }

    internal float Radius { get; }

    /// <summary>No point of the solid lies further from the origin, mm.</summary>
    internal float Reach => (1.45f * Radius) + 4;

    internal float Distance(Vector3 p)
    {
        float d = _core.Distance(p);
        if (d > 0.7f * Radius + 3)
            return d;
        return d + (_lobes * _canvas.Noise(p + _place, 0.75f * Radius)) + (_roughness * _canvas.Noise(p + _place, 0.25f * Radius));
    }
}
