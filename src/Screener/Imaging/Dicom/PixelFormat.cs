using Screener.Errors;

namespace Screener.Imaging.Dicom;

/// <summary>How the pixels of one image are stored (PS3.3, C.7.6.3) and what they mean (C.8.2.1, C.7.5.1.1.2).</summary>
internal readonly record struct PixelFormat
{
    /// <summary>No measured value is further from 0, HU: ten times the densest metal on the extended scale.</summary>
    internal const float LargestHu = 1e5f;

    /// <summary>A slice of 64 MiB: 4096 x 4096 pixels as they are returned.</summary>
    internal const int MaxPixels = 4096 * 4096;

    internal const string PossibleHu = "Hounsfield units: air about -1000, water 0, bone up to 3000";
    internal const string Damage = "Fetch the file again from its source.";

    // The HU that some tissue of any patient has.
    private const double LightestTissue = -1000, DensestTissue = 3000;

    /// <summary>The file has pixel data.</summary>
    public required bool HasPixels { get; init; }

    /// <summary>Rows; 0 if not given.</summary>
    public required int Rows { get; init; }

    /// <summary>Columns; 0 if not given.</summary>
    public required int Columns { get; init; }

    /// <summary>Values per pixel.</summary>
    public required int SamplesPerPixel { get; init; }

    /// <summary>"MONOCHROME2" for CT.</summary>
    public required string Photometric { get; init; }

    /// <summary>Bits that one value takes.</summary>
    public required int BitsAllocated { get; init; }

    /// <summary>Bits of it that count.</summary>
    public required int BitsStored { get; init; }

    /// <summary>The highest of these.</summary>
    public required int HighBit { get; init; }

    /// <summary>Two's complement.</summary>
    public required bool IsSigned { get; init; }

    /// <summary>HU per stored step; null if not given.</summary>
    public required double? Slope { get; init; }

    /// <summary>HU of the stored value 0; null if not given.</summary>
    public required double? Intercept { get; init; }

    /// <summary>The bits of PixelPaddingValue; null if not given.</summary>
    public required ushort? Padding { get; init; }

    /// <summary>The bits of PixelPaddingRangeLimit; null if not given.</summary>
    public required ushort? PaddingLimit { get; init; }

    /// <summary>Bytes of the file from the pixel data's value on, at most as many as the value's declared length.</summary>
    public required long PixelBytes { get; init; }

    /// <summary>Slope and intercept in words.</summary>
    public string Rescale => FormattableString.Invariant($"RescaleSlope {Slope ?? 1:G6} and RescaleIntercept {Intercept ?? 0:G6}");

    /// <summary>Reads the format.</summary>
    public static PixelFormat Of(DicomDataSet set)
    {
        int allocated = set.Word(DicomTag.BitsAllocated) ?? 16;
        int stored = set.Word(DicomTag.BitsStored) ?? allocated;
        return new PixelFormat
        {
            HasPixels = set.PixelOffset >= 0,
            Rows = set.Word(DicomTag.Rows) ?? 0,
            Columns = set.Word(DicomTag.Columns) ?? 0,
            SamplesPerPixel = set.Word(DicomTag.SamplesPerPixel) ?? 1,
            Photometric = set.Text(DicomTag.PhotometricInterpretation) ?? "MONOCHROME2",
            BitsAllocated = allocated,
            BitsStored = stored,
            HighBit = set.Word(DicomTag.HighBit) ?? stored - 1,
            IsSigned = set.Word(DicomTag.PixelRepresentation) is 1,
            Slope = set.Number(DicomTag.RescaleSlope, "RescaleSlope"),
            Intercept = set.Number(DicomTag.RescaleIntercept, "RescaleIntercept"),
            Padding = set.Word(DicomTag.PixelPaddingValue),
            PaddingLimit = set.Word(DicomTag.PixelPaddingRangeLimit),
            PixelBytes = set.PixelLength < 0 ? set.BytesFromPixels : Math.Min(set.PixelLength, set.BytesFromPixels),
        };
    }

    /// <summary>Refuses what the decoder does not read: other than one grey value of 8 or 16 bits a pixel, or contradictory bits.</summary>
    /// <exception cref="VolumeFormatException">The format is one of these.</exception>
    public void Check(string file, TransferSyntax syntax)
    {
        if (syntax.Encoding == PixelEncoding.Unsupported)
            throw new CompressedPixelsException(
                file, $"transfer syntax {syntax.Name} ({syntax.Uid})", "uncompressed, deflated, RLE or JPEG Lossless pixels",
                syntax.Unpackers.Count > 0
                    ? $"Give --convert, which unpacks a copy, or convert it with {syntax.Converter}."
                    : $"Convert it with {syntax.Converter}.");
        if (Rows == 0 || Columns == 0)
            throw new VolumeFormatException(file, $"an image of {Rows} x {Columns} pixels", "Rows and Columns above 0", Damage);
        if ((long)Rows * Columns > MaxPixels)
            throw new VolumeFormatException(file, $"an image of {Rows} x {Columns} pixels", "a CT slice of at most 4096 x 4096",
                "Leave this file out.");
        if (SamplesPerPixel != 1)
            throw new VolumeFormatException(
                file, $"{SamplesPerPixel} samples per pixel ({Photometric})", "1: grey values of a CT slice",
                "Leave out screenshots and other derived colour images.");
        if (Photometric != "MONOCHROME2")
            throw new VolumeFormatException(
                file, $"photometric interpretation {Photometric}",
                "MONOCHROME2, as PS3.3 A.3 asks of CT (PALETTE COLOR and MONOCHROME1 are display images)",
                "Choose the original CT series.");
        if (BitsAllocated is not (8 or 16))
            throw new VolumeFormatException(
                file, $"{BitsAllocated} bits allocated per pixel", "8 or 16",
                "Convert the series to 16 bits, for example with dcm2niix to NIfTI.");
        if (BitsStored < 1 || BitsStored > BitsAllocated || HighBit < BitsStored - 1 || HighBit >= BitsAllocated)
            throw new VolumeFormatException(
                file, $"{BitsStored} bits stored up to bit {HighBit} of {BitsAllocated}", "bits that fit", Damage);
        RefuseImpossibleRescale(file);
        if (Slope is null && Intercept is null && !IsSigned)
            throw new VolumeFormatException(
                file, "unsigned pixels without RescaleIntercept", "pixels that can be turned into HU",
                "Fetch the original series: these values are not on the Hounsfield scale.");

        // The most pixels that so many bytes can hold, asked before memory is taken for them.
        long most = syntax.Encoding switch
        {
            PixelEncoding.Rle => PixelBytes * RleDecoder.MaxExpansion,
            PixelEncoding.JpegLossless => PixelBytes * JpegLosslessDecoder.MaxSamplesPerByte,
            _ => PixelBytes / (BitsAllocated / 8),
        };
        if ((long)Rows * Columns > most)
            throw new VolumeFormatException(file, $"{PixelBytes} bytes of pixel data", $"enough for {Rows} x {Columns} pixels", Damage);
    }

    // Slope and intercept are judged by what they make of the values that the bits can hold; of those that are there, the decoder judges.
    private void RefuseImpossibleRescale(string file)
    {
        double least = IsSigned ? -Math.Pow(2, BitsStored - 1) : 0, slope = Slope ?? 1, intercept = Intercept ?? 0;
        double a = (least * slope) + intercept, b = ((least + Math.Pow(2, BitsStored) - 1) * slope) + intercept;
        var (low, high) = (Math.Min(a, b), Math.Max(a, b));
        if (!(low <= DensestTissue && high >= LightestTissue && high - low >= 1 && double.IsFinite(high - low)))
            throw new VolumeFormatException(file,
                FormattableString.Invariant($"{Rescale}, which make {low:G6} to {high:G6} HU of any stored value"), PossibleHu, Damage);
    }
}
