namespace Screener.Phantoms;

/// <summary>What a phantom patient suffers from; the four test cohorts mirror the paper's four benchmarks.</summary>
public enum Pathology
{
    /// <summary>Nothing: healthy, though with the harmless variation that healthy people have.</summary>
    None,

    /// <summary>Lung nodules of 4 to 30 mm, as in LIDC-IDRI.</summary>
    LungNodules,

    /// <summary>Ground-glass opacities and consolidations in the lungs, as in MIDRC-RICORD-1a.</summary>
    GroundGlass,

    /// <summary>Kidney tumours of 15 to 70 mm, as in KiTS.</summary>
    KidneyTumours,

    /// <summary>Liver tumours of 8 to 60 mm, as in LiTS.</summary>
    LiverTumours,
}
