namespace Screener.Annotations;

/// <summary>What TotalSegmentator calls its labels.</summary>
public static class TotalSegmentator
{
    /// <summary>Names of the labels of version 2's task "total". Version 1 had other numbers.</summary>
    public static IReadOnlyDictionary<byte, string> Names { get; } = ((string[])
    [
        "spleen", "kidney_right", "kidney_left", "gallbladder", "liver", "stomach", "pancreas", "adrenal_gland_right",
        "adrenal_gland_left", "lung_upper_lobe_left", "lung_lower_lobe_left", "lung_upper_lobe_right", "lung_middle_lobe_right",
        "lung_lower_lobe_right", "esophagus", "trachea", "thyroid_gland", "small_bowel", "duodenum", "colon", "urinary_bladder",
        "prostate", "kidney_cyst_left", "kidney_cyst_right", "sacrum", "vertebrae_S1", .. Vertebrae('L', 5), .. Vertebrae('T', 12),
        .. Vertebrae('C', 7), "heart", "aorta", "pulmonary_vein", "brachiocephalic_trunk", "subclavian_artery_right",
        "subclavian_artery_left", "common_carotid_artery_right", "common_carotid_artery_left", "brachiocephalic_vein_left",
        "brachiocephalic_vein_right", "atrial_appendage_left", "superior_vena_cava", "inferior_vena_cava",
        "portal_vein_and_splenic_vein", "iliac_artery_left", "iliac_artery_right", "iliac_vena_left", "iliac_vena_right",
        "humerus_left", "humerus_right", "scapula_left", "scapula_right", "clavicula_left", "clavicula_right", "femur_left",
        "femur_right", "hip_left", "hip_right", "spinal_cord", "gluteus_maximus_left", "gluteus_maximus_right",
        "gluteus_medius_left", "gluteus_medius_right", "gluteus_minimus_left", "gluteus_minimus_right", "autochthon_left",
        "autochthon_right", "iliopsoas_left", "iliopsoas_right", "brain", "skull", .. Ribs("left"), .. Ribs("right"), "sternum",
        "costal_cartilages",
    ]).Index().ToDictionary(n => (byte)(n.Index + 1), n => n.Item);

    private static IEnumerable<string> Vertebrae(char part, int count) =>
        Enumerable.Range(0, count).Select(i => FormattableString.Invariant($"vertebrae_{part}{count - i}"));

    private static IEnumerable<string> Ribs(string side) =>
        Enumerable.Range(1, 12).Select(i => FormattableString.Invariant($"rib_{side}_{i}"));
}
