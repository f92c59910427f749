using Screener.Errors;
using Screener.Imaging.Stored;

namespace Screener.Imaging.Nrrd;

/// <summary>What the header of an NRRD says, checked: one 3-D volume of one real number a voxel.</summary>
/// <remarks>
/// The space is left-posterior-superior, right-anterior-superior or left-anterior-superior; a header without one is taken for the first, as
/// ITK does, and says so in a note. Axes of length 1 without a direction are left out.
/// </remarks>
internal sealed record NrrdHeader : LocatedHeader
{
    /// <exception cref="VolumeFormatException">The header is damaged, or describes something else.</exception>
    internal static NrrdHeader Read(string path)
    {
        var header = TextHeader.Open(path);
        if (header.Line() is not { } magic || !magic.StartsWith("NRRD000", StringComparison.Ordinal))
            throw header.Wrong("no NRRD magic", "an NRRD header (.nrrd, .nhdr)");
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        string? line;
        while ((line = header.Line()) is { Length: > 0 })
        {
            if (line[0] == '#')
                continue;
            int at = line.IndexOf(':', StringComparison.Ordinal);
            if (at < 0)
                throw header.Wrong($"a line without ':': {line}", "an NRRD header");

            // "key:=value" is for whoever wrote it; "field: value" describes the voxels. Both spellings of a field are one.
            if (at + 1 >= line.Length || line[at + 1] != '=')
                fields[line[..at].Trim().Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant()] = line[(at + 1)..].Trim();
        }

        return new Fields(header, fields).Header(isAttached: line is not null);
    }

    private sealed class Fields(TextHeader header, Dictionary<string, string> fields)
    {
        internal NrrdHeader Header(bool isAttached)
        {
            int dimensions = (int)header.Numbers("dimension", Required("dimension"), 1)[0];
            if (dimensions is < 1 or > 16)
                throw header.Wrong($"{dimensions} dimensions", "3");
            string[] sizes = Required("sizes").Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (sizes.Length != dimensions)
                throw header.Wrong($"{sizes.Length} sizes", $"{dimensions}");
            var (kept, steps, origin, signs, notes) = Geometry(dimensions, sizes);
            if (Enumerable.Range(0, dimensions).Except(kept).Any(axis => sizes[axis] != "1"))
            {
                throw header.Wrong(
                    $"sizes {string.Join(' ', sizes)}: several frames or channels", "one 3-D volume",
                    "Split it, for example with SimpleITK.");
            }

            var type = TypeOf(Required("type"));
            var packing = Required("encoding").ToUpperInvariant() switch
            {
                "RAW" => VoxelPacking.None,
                "GZ" or "GZIP" => VoxelPacking.Gzip,
                var other => throw header.Wrong($"encoding {other}", "raw or gzip"),
            };
            bool isBigEndian = Optional("endian")?.ToUpperInvariant() switch
            {
                "BIG" => true,
                "LITTLE" => false,
                null when type.Size() == 1 => false,
                var other => throw header.Wrong($"endian {other ?? "not said"}", "little or big"),
            };
            var shape = header.Shape("sizes", string.Join(' ', kept.Select(axis => sizes[axis])), 3);
            string? file = Optional("data file") is { } name ? header.DataFile(name) : null;
            if (file is null && !isAttached)
                throw header.Wrong("neither voxels nor a data file", "an NRRD with its voxels", "Get the file again.");
            double lines = Number("line skip"), bytes = Number("byte skip");
            if (lines != 0 || bytes != Math.Floor(bytes) || bytes < -1 || (bytes == -1 && packing != VoxelPacking.None))
                throw header.Wrong($"line skip {lines}, byte skip {bytes}", "no lines and a whole number of bytes to skip");
            return new NrrdHeader
            {
                Shape = shape,
                DataType = type,
                IsBigEndian = isBigEndian,
                Affine = header.Affine(origin, steps, signs),
                Notes = notes,
                DataFile = file ?? header.Path,
                Offset = bytes == -1 ? -shape.VoxelCount * type.Size() : file is null ? header.Offset : 0,
                Skip = (long)Math.Max(bytes, 0),
                Packing = packing,
            };
        }

        private (int[] Kept, double[][] Steps, double[] Origin, (int X, int Y, int Z) Signs, IReadOnlyList<string> Notes) Geometry(
            int dimensions, string[] sizes)
        {
            double unit = Unit();
            string? space = Optional("space");
            (int X, int Y, int Z) signs = space?.ToUpperInvariant() switch
            {
                null or "LEFT-POSTERIOR-SUPERIOR" or "LPS" => (-1, -1, 1),
                "RIGHT-ANTERIOR-SUPERIOR" or "RAS" => (1, 1, 1),
                "LEFT-ANTERIOR-SUPERIOR" or "LAS" => (-1, 1, 1),
                _ => throw header.Wrong($"space {space}", "left-posterior-superior, right-anterior-superior or left-anterior-superior"),
            };
            double[] origin = [.. Vector("space origin", Optional("space origin") ?? "(0,0,0)").Select(o => o * unit)];
            if (space is not null && Optional("space directions") is { } directions)
            {
                double[]?[] all = [.. Vectors(directions).Select(v => v is null ? null : Vector("space directions", v))];
                int[] kept = [.. Enumerable.Range(0, all.Length).Where(axis => all[axis] is not null)];
                if (all.Length != dimensions || kept.Length != 3)
                    throw header.Wrong($"space directions {directions}", $"three directions for {dimensions} axes");
                return (kept, [.. kept.Select(axis => all[axis]!.Select(x => x * unit).ToArray())], origin, signs, []);
            }

            // The first three axes, or those that are longer than 1 where a channel comes before them.
            int[] axes = [.. Enumerable.Range(0, dimensions).Where(axis => dimensions == 3 || sizes[axis] != "1").Take(3)];
            if (axes.Length < 3)
                throw header.Wrong($"a {dimensions}-D image", "a 3-D volume", "Pass a volume.");
            string? spacings = Optional("spacings");
            string[] steps = spacings?.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) ?? [];
            if (spacings is not null && steps.Length != dimensions)
                throw header.Wrong($"spacings {spacings}", $"{dimensions} numbers");
            List<string> notes = ["The header says no directions: left, back and head were assumed, as ITK does."];
            if (spacings is null)
                notes.Add("The header says no spacing: 1 mm along each axis was assumed.");
            return (axes,
                [.. axes.Select((axis, i) =>
                {
                    var step = new double[3];
                    step[i] = spacings is null ? 1 : header.Numbers("spacings", steps[axis], 1)[0] * unit;
                    return step;
                })], origin, signs, notes);
        }

        private double Unit()
        {
            if (Optional("space units") is not { } text)
                return 1;
            string[] units = [.. text.Split([' ', '"'], StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.OrdinalIgnoreCase)];
            return units is [var one]
                ? one.ToUpperInvariant() switch
                {
                    "MM" or "MILLIMETER" or "MILLIMETERS" => 1,
                    "UM" => 0.001,
                    "CM" => 10,
                    "M" => 1000,
                    _ => throw header.Wrong($"space units {text}", "mm"),
                }
                : throw header.Wrong($"space units {text}", "one unit for all axes");
        }

        // "(1,0,0) none (0,1,0)": null for none.
        private List<string?> Vectors(string text)
        {
            List<string?> vectors = [];
            for (string rest = text.Trim(); rest.Length > 0; rest = rest.TrimStart())
            {
                int end = rest[0] == '(' ? rest.IndexOf(')', StringComparison.Ordinal) + 1
                    : rest.StartsWith("none", StringComparison.OrdinalIgnoreCase) ? 4 : 0;
                if (end == 0)
                    throw header.Wrong($"space directions {text}", "vectors such as (1,0,0), or none");
                vectors.Add(rest[0] == '(' ? rest[..end] : null);
                rest = rest[end..];
            }

            return vectors;
        }

        private double[] Vector(string name, string text) => text.StartsWith('(') && text.EndsWith(')')
            ? header.Numbers(name, text[1..^1].Replace(',', ' '), 3)
            : throw header.Wrong($"{name} {text}", "a vector such as (0,0,0)");

        private VoxelType TypeOf(string name) => name.ToUpperInvariant() switch
        {
            "SIGNED CHAR" or "INT8" or "INT8_T" => VoxelType.Int8,
            "UCHAR" or "UNSIGNED CHAR" or "UINT8" or "UINT8_T" => VoxelType.UInt8,
            "SHORT" or "SHORT INT" or "SIGNED SHORT" or "SIGNED SHORT INT" or "INT16" or "INT16_T" => VoxelType.Int16,
            "USHORT" or "UNSIGNED SHORT" or "UNSIGNED SHORT INT" or "UINT16" or "UINT16_T" => VoxelType.UInt16,
            "INT" or "SIGNED INT" or "INT32" or "INT32_T" => VoxelType.Int32,
            "UINT" or "UNSIGNED INT" or "UINT32" or "UINT32_T" => VoxelType.UInt32,
            "LONGLONG" or "LONG LONG" or "LONG LONG INT" or "SIGNED LONG LONG" or "SIGNED LONG LONG INT" or "INT64" or "INT64_T"
                => VoxelType.Int64,
            "ULONGLONG" or "UNSIGNED LONG LONG" or "UNSIGNED LONG LONG INT" or "UINT64" or "UINT64_T" => VoxelType.UInt64,
            "FLOAT" => VoxelType.Float32,
            "DOUBLE" => VoxelType.Float64,
            _ => throw header.Wrong($"voxels of type {name}", "one integer or floating-point number of at most 64 bits a voxel"),
        };

        private string? Optional(string name) =>
            fields.GetValueOrDefault(name.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant());

        private string Required(string name) => Optional(name) ?? throw header.Wrong($"no {name}", "an NRRD header", "Get the file again.");

        private double Number(string name) => header.Numbers(name, Optional(name) ?? "0", 1)[0];
    }
}
