namespace Screener.Imaging.Dicom;

/// <summary>One series among the files of a folder or zip.</summary>
/// <param name="SeriesUid">SeriesInstanceUID: what <see cref="VolumeReadOptions.SeriesUid"/> picks by.</param>
/// <param name="Description">SeriesDescription; empty if the files have none.</param>
/// <param name="Modality">Modality: "CT", "SEG", "PT", ...</param>
/// <param name="SliceCount">The number of files of the series, duplicates included.</param>
/// <param name="StudyUid">StudyInstanceUID.</param>
/// <param name="PatientId">PatientID.</param>
/// <param name="IsLocalizer">True if all images are localizers (scouts, topograms).</param>
/// <param name="IsCtImages">True if the series holds CT images, other than localizers alone.</param>
public sealed record DicomSeriesSummary(
    string SeriesUid,
    string Description,
    string Modality,
    int SliceCount,
    string StudyUid,
    string PatientId,
    bool IsLocalizer,
    bool IsCtImages)
{
    /// <summary>What its files are where they are not stored as CT images: the name of their SOP class; otherwise null.</summary>
    public string? OtherKind { get; init; }

    /// <summary>One line: UID, description, modality, number of slices, and what they are if no CT images.</summary>
    public override string ToString() =>
        $"{SeriesUid} ('{Description}', {Modality}{(IsLocalizer ? " localizer" : "")}, "
            + $"{SliceCount} {(SliceCount == 1 ? "slice" : "slices")}{(OtherKind is null ? "" : $" of {OtherKind}")})";
}
