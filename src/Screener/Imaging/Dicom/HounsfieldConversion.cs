using System.Numerics;

namespace Screener.Imaging.Dicom;

/// <summary>Stored values to HU: the stored bits, sign, RescaleSlope and RescaleIntercept of one slice, and padding to air.</summary>
/// <remarks>
/// <para>PixelPaddingValue, and the range up to PixelPaddingRangeLimit, are stored values, compared before rescaling
/// (PS3.3, C.7.5.1.1.2); whether a writer gave them the VR US or SS, their bits are read as the pixels' are. A declared
/// padding that lies among the numbers of tissue (-900 to 3100 HU) is not believed: files that declare 0 where 0 is water
/// exist, and would lose real tissue. <see cref="PaddingIsTissue"/> tells, and the series' notes say so.</para>
/// <para>Published CT also holds undeclared padding: the values -2048 and -3024 HU (a stored -1024 or -2000 under an
/// intercept of -1024, as LIDC-IDRI and the liver collections have it). These two, to half a HU, are air as well. All
/// other values stay as they are, also below -1024 HU: a reader does not guess, and the method clips at -1000 HU.</para>
/// </remarks>
internal readonly struct HounsfieldConversion
{
    internal const float Air = -1000;
    private const double DarkestTissue = -900, BrightestTissue = 3100;
    private const float Padding1 = -2048, Padding2 = -3024;

    private readonly int _up, _down;
    private readonly bool _isSigned;
    private readonly float _slope, _intercept;
    private readonly int _paddingLow = int.MaxValue, _paddingHigh = int.MinValue;

    /// <summary>Prepares the conversion of slices of one format.</summary>
    public HounsfieldConversion(in PixelFormat format)
    {
        _up = 15 - format.HighBit;
        _down = 16 - format.BitsStored;
        _isSigned = format.IsSigned;
        _slope = (float)(format.Slope ?? 1);
        _intercept = (float)(format.Intercept ?? 0);
        if (format.Padding is not { } padding)
            return;
        int a = Value(padding), b = format.PaddingLimit is { } limit ? Value(limit) : a;
        (int low, int high) = (Math.Min(a, b), Math.Max(a, b));
        double x = (low * (double)_slope) + _intercept, y = (high * (double)_slope) + _intercept;
        PaddingIsTissue = Math.Max(x, y) > DarkestTissue && Math.Min(x, y) < BrightestTissue;
        if (!PaddingIsTissue)
            (_paddingLow, _paddingHigh) = (low, high);
    }

    /// <summary>True if the declared padding would be tissue and is therefore not applied.</summary>
    public bool PaddingIsTissue { get; }

    /// <summary>Converts a slice.</summary>
    /// <param name="stored">Samples of 16 bits, as they stand in the file (8-bit ones in the low byte).</param>
    /// <param name="hu">Receives as many HU.</param>
    /// <returns>The lowest and the highest HU but for padding; infinite, the lowest above the highest, if all is padding.</returns>
    public (float Low, float High) Convert(ReadOnlySpan<ushort> stored, Span<float> hu)
    {
        int i = 0;
        Vector<float> lowest = new(float.PositiveInfinity), highest = new(float.NegativeInfinity);
        int lanes = Vector<ushort>.Count;
        for (; i + lanes <= hu.Length; i += lanes)
        {
            var bits = new Vector<ushort>(stored[i..]) << _up;
            Vector<int> low, high;
            if (_isSigned)
            {
                Vector.Widen(Vector.ShiftRightArithmetic(Vector.AsVectorInt16(bits), _down), out low, out high);
            }
            else
            {
                Vector.Widen(Vector.ShiftRightLogical(bits, _down), out var a, out var b);
                (low, high) = (Vector.AsVectorInt32(a), Vector.AsVectorInt32(b));
            }

            Convert(low, ref lowest, ref highest).CopyTo(hu[i..]);
            Convert(high, ref lowest, ref highest).CopyTo(hu[(i + Vector<int>.Count)..]);
        }

        var (least, most) = (float.PositiveInfinity, float.NegativeInfinity);
        for (int lane = 0; lane < Vector<float>.Count; lane++)
            (least, most) = (Math.Min(least, lowest[lane]), Math.Max(most, highest[lane]));

        for (; i < hu.Length; i++)
        {
            int value = _isSigned ? (short)(stored[i] << _up) >> _down : (ushort)(stored[i] << _up) >> _down;
            float x = (value * _slope) + _intercept;
            bool isPadding = (value >= _paddingLow && value <= _paddingHigh) || Math.Abs(x - Padding1) < 0.5f
                || Math.Abs(x - Padding2) < 0.5f;
            hu[i] = isPadding ? Air : x;
            if (!isPadding)
                (least, most) = (Math.Min(least, x), Math.Max(most, x));
        }

        return (least, most);
    }

    private Vector<float> Convert(Vector<int> value, ref Vector<float> lowest, ref Vector<float> highest)
    {
        var x = (Vector.ConvertToSingle(value) * _slope) + new Vector<float>(_intercept);
        var half = new Vector<float>(0.5f);
        var isPadding =
            (Vector.GreaterThanOrEqual(value, new Vector<int>(_paddingLow)) & Vector.LessThanOrEqual(value, new Vector<int>(_paddingHigh)))
            | Vector.LessThan(Vector.Abs(x - new Vector<float>(Padding1)), half)
            | Vector.LessThan(Vector.Abs(x - new Vector<float>(Padding2)), half);
        lowest = Vector.Min(lowest, Vector.ConditionalSelect(isPadding, new Vector<float>(float.PositiveInfinity), x));
        highest = Vector.Max(highest, Vector.ConditionalSelect(isPadding, new Vector<float>(float.NegativeInfinity), x));
        return Vector.ConditionalSelect(isPadding, new Vector<float>(Air), x);
    }

    // Padding is given on the scale of the pixel values, not of the allocated bits: no shift.
    private int Value(ushort bits) => _isSigned ? (short)bits : bits;
}
