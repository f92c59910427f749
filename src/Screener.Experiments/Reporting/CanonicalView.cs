using Screener.Imaging;

namespace Screener.Reporting;

/// <summary>Reads a volume of any orientation by canonical indices, without copying it.</summary>
internal readonly struct CanonicalView
{
    private readonly CanonicalOrientation _orientation;
    private readonly VolumeShape _source;
    private readonly int _start, _stepDepth, _stepHeight, _stepWidth;

    internal CanonicalView(VolumeGrid grid)
    {
        ArgumentNullException.ThrowIfNull(grid);
        _source = grid.Shape;
        _orientation = Reorientation.From(grid.Affine);
        Grid = _orientation.Apply(grid);
        (_stepDepth, int start0) = Step(_orientation.Depth);
        (_stepHeight, int start1) = Step(_orientation.Height);
        (_stepWidth, int start2) = Step(_orientation.Width);
        _start = start0 + start1 + start2;
    }

    /// <summary>The canonical grid.</summary>
    internal VolumeGrid Grid { get; }

    internal VolumeShape Shape => Grid.Shape;

    internal Spacing Spacing => Grid.Spacing;

    /// <summary>The place in the volume's own array of canonical voxel (d, h, w).</summary>
    internal int Index(int d, int h, int w) => _start + (d * _stepDepth) + (h * _stepHeight) + (w * _stepWidth);

    /// <summary>The canonical voxel at a place in the volume's own array.</summary>
    internal SlicePosition PositionOf(int index)
    {
        int plane = _source.Height * _source.Width;
        int[] own = [index / plane, index % plane / _source.Width, index % _source.Width];
        int[] lengths = [_source.Depth, _source.Height, _source.Width];
        int Along(SourceAxis axis) => axis.Reversed ? lengths[axis.Axis] - 1 - own[axis.Axis] : own[axis.Axis];
        return new SlicePosition(Along(_orientation.Depth), Along(_orientation.Height), Along(_orientation.Width));
    }

    private (int Step, int Start) Step(SourceAxis axis)
    {
        var (stride, length) = axis.Axis switch
        {
            0 => (_source.Height * _source.Width, _source.Depth),
            1 => (_source.Width, _source.Height),
            _ => (1, _source.Width),
        };
        return axis.Reversed ? (-stride, stride * (length - 1)) : (stride, 0);
    }
}
