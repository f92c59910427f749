namespace Screener.Evaluation;

/// <summary>Which voxels count as neighbours when lesion voxels are joined into regions.</summary>
public enum Connectivity
{
    /// <summary>Voxels that share a face.</summary>
    Six = 6,

    /// <summary>Voxels that share a face or an edge.</summary>
    Eighteen = 18,

    /// <summary>Voxels that share a face, an edge or a corner.</summary>
    TwentySix = 26,
}
