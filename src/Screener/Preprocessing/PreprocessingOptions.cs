using System.Security.Cryptography;
using System.Text.Json;
using Screener.Errors;
using Screener.Imaging;

namespace Screener.Preprocessing;

/// <summary>What <see cref="Preprocessor"/> makes of a CT volume (paper, appendices D and F).</summary>
public sealed record PreprocessingOptions
{
    /// <summary>The paper's preprocessing: 1.5 x 1.5 mm in the axial plane, 2.25 mm between slices.</summary>
    public static PreprocessingOptions Paper { get; } = new();

    /// <summary>The same at 3 mm in every direction, for a laptop CPU.</summary>
    public static PreprocessingOptions Quick { get; } = new() { TargetSpacing = new Spacing(3, 3, 3) };

    /// <summary>Voxel spacing after resampling, mm. Each axis 0.1 to 20.</summary>
    public Spacing TargetSpacing { get; init; } = new(2.25, 1.5, 1.5);

    /// <summary>HU that becomes 0; everything below is clipped to it.</summary>
    public float MinHu { get; init; } = -1000;

    /// <summary>HU that becomes 1; everything above is clipped to it.</summary>
    public float MaxHu { get; init; } = 300;

    /// <summary>A block of voxels is foreground if all of it is denser than this, HU.</summary>
    public float ForegroundHu { get; init; } = -500;

    /// <summary>
    /// Edge of the blocks in which foreground is looked for, mm. 0 to 100; anything below the voxel spacing means single voxels.
    /// </summary>
    public double ForegroundBlockMm { get; init; } = 5;

    /// <summary>Whether the contrast is equalised. The paper finds quality to degrade largely without it.</summary>
    public bool Clahe { get; init; } = true;

    /// <summary>How the contrast is equalised.</summary>
    public ClaheOptions ClaheOptions { get; init; } = ClaheOptions.Paper;

    /// <summary>Equal for equal options, different for different ones: 16 hexadecimal digits.</summary>
    public string Fingerprint() => Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this)).AsSpan(0, 8));

    /// <summary>Checks the ranges.</summary>
    /// <exception cref="OptionException">A field is outside its range.</exception>
    public void Validate()
    {
        OptionException.ThrowIfOutside("TargetSpacing.Depth", TargetSpacing.Depth, 0.1, 20);
        OptionException.ThrowIfOutside("TargetSpacing.Height", TargetSpacing.Height, 0.1, 20);
        OptionException.ThrowIfOutside("TargetSpacing.Width", TargetSpacing.Width, 0.1, 20);
        OptionException.ThrowIfOutside(nameof(MinHu), MinHu, -32768, 32767);
        OptionException.ThrowIfOutside(nameof(MaxHu), MaxHu, -32768, 32767);
        OptionException.ThrowIfOutside(nameof(ForegroundHu), ForegroundHu, -32768, 32767);
        OptionException.ThrowIfOutside(nameof(ForegroundBlockMm), ForegroundBlockMm, 0, 100);
        if (MaxHu - MinHu < 1)
            throw new OptionException(nameof(MaxHu), $"{MaxHu}", $"at least 1 HU more than MinHu, which is {MinHu}");
        ClaheOptions.Validate();
    }
}
