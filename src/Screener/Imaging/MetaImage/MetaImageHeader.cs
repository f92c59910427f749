using Screener.Errors;
using Screener.Imaging.Stored;

namespace Screener.Imaging.MetaImage;

/// <summary>What the header of a MetaImage says, checked: one 3-D volume of one real number a voxel.</summary>
/// <remarks>
/// As ITK reads it: the world is LPS (x to the left, y to the back, z to the head); row i of TransformMatrix is the direction of axis i;
/// Offset is the centre of the first voxel.
/// </remarks>
internal sealed record MetaImageHeader : LocatedHeader
{
    /// <exception cref="VolumeFormatException">The header is damaged, or describes something else.</exception>
    internal static MetaImageHeader Read(string path)
    {
        var header = TextHeader.Open(path);
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (!fields.ContainsKey("ElementDataFile"))
        {
            string line = header.Line() ?? throw header.Wrong("no ElementDataFile", "a MetaImage header", "Get the file again.");
            int at = line.IndexOf('=', StringComparison.Ordinal);
            if (at < 0 && line.Trim().Length > 0)
                throw header.Wrong($"a line without '=': {line}", "a MetaImage header (.mha, .mhd)");
            if (at >= 0)
                fields[line[..at].Trim()] = line[(at + 1)..].Trim();
        }

        return new Fields(header, fields).Header();
    }

    private sealed class Fields(TextHeader header, Dictionary<string, string> fields)
    {
        internal MetaImageHeader Header()
        {
            Refuse("ObjectType", "Image", "an image");
            Refuse("BinaryData", "True", "binary voxels");
            Refuse("ElementNumberOfChannels", "1", "one number a voxel");
            Refuse("ElementToIntensityFunctionSlope", "1", "voxels that are not scaled");
            Refuse("ElementToIntensityFunctionOffset", "0", "voxels that are not scaled");
            int dimensions = (int)Number("NDims", Required("NDims"));
            var shape = header.Shape("DimSize", Required("DimSize"), dimensions);
            bool isPacked = Flag("CompressedData");
            string file = Required("ElementDataFile");
            bool isLocal = file.Equals("LOCAL", StringComparison.OrdinalIgnoreCase);
            double skip = Number("HeaderSize", First("HeaderSize") ?? "0");
            if (skip != Math.Floor(skip) || skip < -1 || (skip == -1 && isPacked))
                throw header.Wrong($"HeaderSize {skip}", "a whole number of bytes");
            var type = TypeOf(Required("ElementType"));
            var (affine, notes) = Geometry(dimensions);
            return new MetaImageHeader
            {
                Shape = shape,
                DataType = type,
                IsBigEndian = Flag("BinaryDataByteOrderMSB") || Flag("ElementByteOrderMSB"),
                Affine = affine,
                Notes = notes,
                DataFile = isLocal ? header.Path : header.DataFile(file),
                Offset = skip == -1 ? -shape.VoxelCount * type.Size() : (isLocal ? header.Offset : 0) + (long)skip,
                Packing = isPacked ? VoxelPacking.Zlib : VoxelPacking.None,
            };
        }

        private (Affine Affine, IReadOnlyList<string> Notes) Geometry(int dimensions)
        {
            double unit = First("DistanceUnits")?.ToUpperInvariant() switch
            {
                null or "?" or "MM" => 1,
                "UM" => 0.001,
                "CM" => 10,
                var other => throw header.Wrong($"DistanceUnits {other}", "um, mm or cm"),
            };
            List<string> notes = [];
            string? spacing = First("ElementSpacing", "ElementSize");
            if (spacing is null)
                notes.Add("The header says no spacing: 1 mm along each axis was assumed.");
            double[] steps = spacing is null ? [1, 1, 1] : header.Numbers("ElementSpacing", spacing, dimensions);
            string? matrix = First("TransformMatrix", "Rotation", "Orientation");
            if (matrix is null)
                notes.Add("The header says no directions: left, back and head were assumed, as ITK does.");
            double[] directions = matrix is null
                ? [.. Enumerable.Range(0, dimensions * dimensions).Select(i => i % (dimensions + 1) == 0 ? 1.0 : 0)]
                : header.Numbers("TransformMatrix", matrix, dimensions * dimensions);
            double[] offset = First("Offset", "Position", "Origin") is { } origin
                ? header.Numbers("Offset", origin, dimensions)
                : new double[dimensions];
            double[][] axes =
            [
                .. Enumerable.Range(0, 3).Select(axis => Enumerable.Range(0, 3).Select(
                    x => directions[(axis * dimensions) + x] * steps[axis] * unit).ToArray()),
            ];
            return (header.Affine([.. offset.Select(o => o * unit)], axes, (-1, -1, 1)), notes);
        }

        private VoxelType TypeOf(string name) => name.ToUpperInvariant() switch
        {
            "MET_CHAR" => VoxelType.Int8,
            "MET_UCHAR" => VoxelType.UInt8,
            "MET_SHORT" => VoxelType.Int16,
            "MET_USHORT" => VoxelType.UInt16,
            "MET_INT" or "MET_LONG" => VoxelType.Int32,
            "MET_UINT" or "MET_ULONG" => VoxelType.UInt32,
            "MET_LONG_LONG" => VoxelType.Int64,
            "MET_ULONG_LONG" => VoxelType.UInt64,
            "MET_FLOAT" => VoxelType.Float32,
            "MET_DOUBLE" => VoxelType.Float64,
            _ => throw header.Wrong($"voxels of type {name}", "one integer or floating-point number of at most 64 bits a voxel"),
        };

        private string? First(params ReadOnlySpan<string> names)
        {
            foreach (string name in names)
            {
                if (fields.TryGetValue(name, out string? value))
                    return value;
            }

            return null;
        }

        private string Required(string name) =>
            First(name) ?? throw header.Wrong($"no {name}", "a MetaImage header", "Get the file again.");

        private bool Flag(string name) => First(name)?.ToUpperInvariant() switch
        {
            null or "FALSE" or "F" or "0" => false,
            "TRUE" or "T" or "1" => true,
            var other => throw header.Wrong($"{name} {other}", "True or False"),
        };

        private double Number(string name, string text) => header.Numbers(name, text, 1)[0];

        private void Refuse(string name, string expected, string meaning)
        {
            if (First(name) is { } value && !value.Equals(expected, StringComparison.OrdinalIgnoreCase)
                && !(double.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out double number)
                    && double.TryParse(expected, System.Globalization.CultureInfo.InvariantCulture, out double wanted) && number == wanted))
                throw header.Wrong($"{name} {value}", meaning);
        }
    }
}
