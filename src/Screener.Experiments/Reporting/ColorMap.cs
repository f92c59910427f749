using System.Globalization;

namespace Screener.Reporting;

/// <summary>
/// Turns a number from 0 to 1 into a colour whose brightness grows evenly, so that it also reads in grey and with any colour vision.
/// </summary>
public sealed class ColorMap
{
    private const int Anchors = 52;

    private readonly Rgb[] _anchors;

    private ColorMap(string name, string hex)
    {
        Name = name;
        _anchors = new Rgb[Anchors];
        for (int i = 0; i < Anchors; i++)
        {
            int value = int.Parse(hex.AsSpan(i * 6, 6), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            _anchors[i] = new Rgb((byte)(value >> 16), (byte)(value >> 8), (byte)value);
        }
    }

    /// <summary>Black, violet, orange, pale yellow. By N. Smith and S. van der Walt (CC0); every fifth of its 256 colours.</summary>
    public static ColorMap Inferno { get; } = new(
        "inferno",
        "00000402020C0504170A072210092D160B391E0C45260C512F0A5B380962400A67490B6A510E6C" +
        "59106E61136E69166E71196E781C6D801F6C88226A902568982766A02A63A82E5FB0315BB73557" +
        "BF3952C63D4DCC4248D34743D94D3DDF5337E45A31E9612BED6925F1711FF47918F78212F98B0B" +
        "FA9407FB9D07FCA60CFCB014FBBA1FFAC42AF8CD37F6D746F4E156F2EA69F2F27DF5F992FCFFA4");

    /// <summary>The map's name.</summary>
    public string Name { get; }

    /// <summary>The colour of <paramref name="t"/>; values outside 0 to 1 get the end's colour, NaN the lower end's.</summary>
    public Rgb this[double t]
    {
        get
        {
            double position = t > 0 ? Math.Min(t, 1) * (Anchors - 1) : 0;
            int below = Math.Min((int)position, Anchors - 2);
            return _anchors[below].Under(_anchors[below + 1], position - below);
        }
    }
}
