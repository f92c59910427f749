using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Dicom;

namespace Screener.Reporting;

/// <summary>Writes a CT with its map over it as a DICOM secondary capture that lies where the CT lies: a frame for each image.</summary>
/// <remarks>It holds of the patient what <see cref="DicomOrigin"/> holds, and nothing that is written into the pictures.</remarks>
public static class DicomCapture
{
    private const int Series = 9003;

    /// <summary>Writes the capture.</summary>
    /// <param name="path">The file.</param>
    /// <param name="origin">The CT series.</param>
    /// <param name="method">What made the map.</param>
    /// <param name="ct">The CT.</param>
    /// <param name="map">Its map, on the CT's grid.</param>
    /// <param name="body">The patient, on the CT's grid.</param>
    /// <param name="cancellation">Stops the writing and leaves no file.</param>
    /// <exception cref="OptionException">Grids differ, or the body is empty.</exception>
    /// <exception cref="ScoreMapException">The map lies on another grid than the series.</exception>
    /// <exception cref="OutputException">The file cannot be written.</exception>
    public static void Write(
        string path, DicomOrigin origin, string method, CtVolume ct, AnomalyMap map, BodyMask body,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(origin);
        ArgumentNullException.ThrowIfNull(ct);
        ArgumentNullException.ThrowIfNull(map);
        SliceRenderer.RequireSameGrid(ct, map.Grid, nameof(map));
        origin.Require(map.Grid, nameof(map));
        var at = SlicePosition.OfHighestScore(map, body) ?? SlicePosition.Middle(ct.Grid);
        var options = SliceRenderOptions.Default with { Window = MapPicture.WindowAt(ct, at), Scores = ScoreRange.Of(map, body) };
        var dicom = new DerivedDicom(origin, SopClass.TrueColorCapture, "OT", Series, $"Screener map over the CT: {method}");
        dicom.Elements.Write(DicomTag.ImageType, "CS", @"DERIVED\SECONDARY");
        dicom.Elements.Write(new(0x0008, 0x0064), "CS", "WSD");
        dicom.Elements.Write(new(0x0020, 0x0020), "CS", "");
        dicom.Elements.Write(new(0x0020, 0x0060), "CS", "");
        dicom.Pixels(8, 3, "RGB");
        dicom.Elements.Write(new(0x0028, 0x0006), 0);
        dicom.Elements.Write(new(0x0028, 0x0009), new DicomTag(0x5200, 0x9230));
        dicom.Elements.Write(new(0x0028, 0x0301), "CS", "NO");
        dicom.Frames(
            [.. Enumerable.Range(0, ct.Shape.Depth).Select(d => new DerivedFrame(d))], ("113091", "DCM", "Pixel by pixel computation"));
        dicom.Write(path, TransferSyntax.Rle, Enumerable.Range(0, ct.Shape.Depth).Select(d =>
        {
            cancellation.ThrowIfCancellationRequested();
            return RleEncoder.Encode(Frame(ct, map, body, d, options), ct.Shape.Width, 3);
        }));
    }

    private static byte[] Frame(CtVolume ct, AnomalyMap map, BodyMask body, int slice, SliceRenderOptions options)
    {
        int size = ct.Shape.Height * ct.Shape.Width;
        var pixels = new byte[3 * size];
        for (int p = 0, i = slice * size; p < size; p++, i++)
        {
            var color = Rgb.Grey(options.Window.ToGrey(ct.Voxels[i]));
            if (body.Voxels[i] != 0)
                color = SliceRenderer.Covered(color, map.Voxels[i], options.Scores!.Value, options);
            (pixels[3 * p], pixels[(3 * p) + 1], pixels[(3 * p) + 2]) = (color.R, color.G, color.B);
        }

        return pixels;
    }
}
