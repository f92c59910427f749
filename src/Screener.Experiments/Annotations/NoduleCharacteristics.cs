namespace Screener.Annotations;

/// <summary>What a radiologist said of a nodule of LIDC-IDRI; null where the file does not say.</summary>
/// <param name="Subtlety">1 hard to see to 5 obvious.</param>
/// <param name="InternalStructure">1 soft tissue, 2 fluid, 3 fat, 4 air.</param>
/// <param name="Calcification">1 popcorn, 2 laminated, 3 solid, 4 non-central, 5 central, 6 absent.</param>
/// <param name="Sphericity">1 linear to 5 round.</param>
/// <param name="Margin">1 poorly defined to 5 sharp.</param>
/// <param name="Lobulation">1 none to 5 marked; about 100 early cases were rated the other way round.</param>
/// <param name="Spiculation">1 none to 5 marked; about 100 early cases were rated the other way round.</param>
/// <param name="Texture">1 ground glass to 5 solid.</param>
/// <param name="Malignancy">1 highly unlikely to 5 highly suspicious.</param>
public sealed record NoduleCharacteristics(
    int? Subtlety, int? InternalStructure, int? Calcification, int? Sphericity, int? Margin, int? Lobulation, int? Spiculation,
    int? Texture, int? Malignancy);
