namespace Screener.Phantoms;

/// <summary>When after the injection of contrast medium the patient was scanned.</summary>
public enum ContrastPhase
{
    /// <summary>No contrast medium.</summary>
    Native,

    /// <summary>About 30 s: bright arteries and renal cortex, liver almost as without contrast.</summary>
    Arterial,

    /// <summary>About 70 s: bright portal and hepatic veins, liver at its brightest.</summary>
    PortalVenous,

    /// <summary>About 100 s: cortex and medulla of the kidneys alike.</summary>
    Nephrographic,
}

/// <summary>Attenuation of the blood and of the organs that take up contrast medium, HU, before individual variation.</summary>
internal readonly record struct Enhancement(
    float Artery, float SystemicVein, float RightHeart, float PortalVein, float HepaticVein,
    float Liver, float Spleen, float Cortex, float Medulla, float Pancreas, float BowelWall, float Myocardium)
{
    internal static Enhancement Of(ContrastPhase phase) => phase switch
    {
        ContrastPhase.Native => new(42, 42, 42, 40, 40, 58, 49, 34, 31, 40, 40, 44),
        ContrastPhase.Arterial => new(290, 110, 230, 95, 65, 70, 115, 175, 70, 100, 85, 100),
        ContrastPhase.PortalVenous => new(155, 135, 150, 172, 160, 108, 122, 178, 130, 92, 80, 105),
        _ => new(125, 122, 124, 135, 130, 98, 108, 160, 152, 80, 70, 95),
    };

    /// <summary>More or less contrast medium: everything above the native value is scaled.</summary>
    internal Enhancement Scaled(float strength)
    {
        var n = Of(ContrastPhase.Native);
        float S(float value, float native) => native + (strength * (value - native));
        return new(
            S(Artery, n.Artery), S(SystemicVein, n.SystemicVein), S(RightHeart, n.RightHeart), S(PortalVein, n.PortalVein), S(HepaticVein, n.HepaticVein),
            S(Liver, n.Liver), S(Spleen, n.Spleen), S(Cortex, n.Cortex), S(Medulla, n.Medulla), S(Pancreas, n.Pancreas), S(BowelWall, n.BowelWall),
            S(Myocardium, n.Myocardium));
    }
}
