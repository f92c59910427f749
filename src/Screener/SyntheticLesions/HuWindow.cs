using Screener.Errors;

namespace Screener.SyntheticLesions;

/// <summary>A range of HU that a network sees as 0 to 1; what lies beyond is cut off.</summary>
/// <param name="Low">HU that becomes 0.</param>
/// <param name="High">HU that becomes 1.</param>
public readonly record struct HuWindow(float Low, float High)
{
    /// <summary>Checks the range.</summary>
    /// <exception cref="OptionException">It is narrower than 1 HU or not finite.</exception>
    internal void Validate(string name)
    {
        if (!(High - Low >= 1) || !float.IsFinite(Low) || !float.IsFinite(High))
            throw new OptionException(name, $"{Low} to {High} HU", "at least 1 HU wide");
    }
}
