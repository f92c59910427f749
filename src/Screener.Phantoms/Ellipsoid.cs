using System.Numerics;

namespace Screener.Phantoms;

/// <summary>An ellipsoid in the average body, turned about the three axes.</summary>
internal readonly struct Ellipsoid
{
    private readonly Vector3 _right, _front, _up, _inverse;

    /// <param name="centre">Centre, mm.</param>
    /// <param name="halfAxes">Half axes along its own x, y, z, mm.</param>
    /// <param name="turn">Rotation about x, y, z in turn, radians.</param>
    internal Ellipsoid(Vector3 centre, Vector3 halfAxes, Vector3 turn = default)
    {
        Centre = centre;
        HalfAxes = halfAxes;
        var q = Quaternion.CreateFromAxisAngle(Vector3.UnitZ, turn.Z)
            * Quaternion.CreateFromAxisAngle(Vector3.UnitY, turn.Y)
            * Quaternion.CreateFromAxisAngle(Vector3.UnitX, turn.X);
        _right = Vector3.Transform(Vector3.UnitX, q);
        _front = Vector3.Transform(Vector3.UnitY, q);
        _up = Vector3.Transform(Vector3.UnitZ, q);
        _inverse = Vector3.One / halfAxes;
    }

    internal Vector3 Centre { get; }

    internal Vector3 HalfAxes { get; }

    /// <summary>The longest half axis: the ellipsoid lies within this distance of its centre.</summary>
    internal float Reach => MathF.Max(HalfAxes.X, MathF.Max(HalfAxes.Y, HalfAxes.Z));

    /// <summary>The point in the ellipsoid's own axes, mm.</summary>
    internal Vector3 Local(Vector3 p)
    {
        var r = p - Centre;
        return new Vector3(Vector3.Dot(r, _right), Vector3.Dot(r, _front), Vector3.Dot(r, _up));
    }

    /// <summary>The point in the body that <see cref="Local"/> maps to <paramref name="local"/>.</summary>
    internal Vector3 FromLocal(Vector3 local) => Centre + (local.X * _right) + (local.Y * _front) + (local.Z * _up);

    /// <summary>Signed distance to the surface (first order), negative inside.</summary>
    internal float Distance(Vector3 p) => DistanceLocal(Local(p));

    internal float DistanceLocal(Vector3 local)
    {
        var scaled = local * _inverse;
        float k0 = scaled.Length(), k1 = (scaled * _inverse).Length();
        return k1 < 1e-6f ? -MathF.Min(HalfAxes.X, MathF.Min(HalfAxes.Y, HalfAxes.Z)) : k0 * (k0 - 1) / k1;
    }
}
