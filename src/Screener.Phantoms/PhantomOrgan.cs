using Screener.Reporting;

namespace Screener.Phantoms;

/// <summary>The labels of a phantom's organ volume. Vessels and lesions inside of an organ carry the organ's label.</summary>
public enum PhantomOrgan : byte
{
    /// <summary>Air around the patient, and the table.</summary>
    Outside = 0,

    /// <summary>Skin, fat, muscle and whatever has no label of its own.</summary>
    SoftTissue = 1,

    /// <summary>Spine, ribs, sternum, shoulder bones.</summary>
    Bone = 2,

    /// <summary>The lung on the patient's right.</summary>
    RightLung = 3,

    /// <summary>The lung on the patient's left.</summary>
    LeftLung = 4,

    /// <summary>Trachea and main bronchi outside of the lungs.</summary>
    Airway = 5,

    /// <summary>Heart muscle and chambers.</summary>
    Heart = 6,

    /// <summary>Aorta, caval veins, pulmonary trunk and other large vessels outside of the organs.</summary>
    Vessel = 7,

    /// <summary>Liver with its vessels.</summary>
    Liver = 8,

    /// <summary>Spleen.</summary>
    Spleen = 9,

    /// <summary>The kidney on the patient's right, with its sinus.</summary>
    RightKidney = 10,

    /// <summary>The kidney on the patient's left, with its sinus.</summary>
    LeftKidney = 11,

    /// <summary>Stomach, wall and content.</summary>
    Stomach = 12,

    /// <summary>Colon and small bowel, wall and content.</summary>
    Bowel = 13,

    /// <summary>Gallbladder.</summary>
    Gallbladder = 14,

    /// <summary>Pancreas.</summary>
    Pancreas = 15,
}

/// <summary>What the organs are called.</summary>
internal static class PhantomOrganNames
{
    /// <summary>"right lung" by <see cref="PhantomOrgan.RightLung"/>, and so on.</summary>
    internal static IReadOnlyDictionary<byte, string> All { get; } =
        Enum.GetValues<PhantomOrgan>().ToDictionary(o => (byte)o, o => Words.Of(o));
}

/// <summary>Which organs a pathology affects.</summary>
public static class AffectedOrgan
{
    /// <summary>The organs in which <paramref name="pathology"/> grows; empty for <see cref="Pathology.None"/>.</summary>
    public static IReadOnlyList<PhantomOrgan> Of(Pathology pathology) => pathology switch
    {
        Pathology.LungNodules or Pathology.GroundGlass => [PhantomOrgan.RightLung, PhantomOrgan.LeftLung],
        Pathology.KidneyTumours => [PhantomOrgan.RightKidney, PhantomOrgan.LeftKidney],
        Pathology.LiverTumours => [PhantomOrgan.Liver],
        _ => [],
    };
}
