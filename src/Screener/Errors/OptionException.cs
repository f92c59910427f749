using System.Numerics;

namespace Screener.Errors;

/// <summary>An option is outside its range, or options contradict each other.</summary>
public sealed class OptionException(
    string option, string found, string expected, string remedy = "Change the option.", Exception? inner = null)
    : ScreenerException(option, found, expected, remedy, inner)
{
    /// <summary>Throws unless <paramref name="value"/> lies in [<paramref name="min"/>, <paramref name="max"/>]. NaN throws.</summary>
    public static void ThrowIfOutside<T>(string option, T value, T min, T max)
        where T : INumber<T>
    {
        if (!(value >= min && value <= max))
            throw new OptionException(option, $"{value}", $"a value from {min} to {max}");
    }
}
