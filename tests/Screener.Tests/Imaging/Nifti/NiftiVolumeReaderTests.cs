using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Screener.Errors;
using Screener.Imaging;
using Screener.Imaging.Nifti;

namespace Screener.Tests.Imaging.Nifti;

public sealed class NiftiVolumeReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly NiftiVolumeReader _reader = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void EveryTypeByteOrderGeometryAndScalingReadsAsNibabelReadsIt()
    {
        PythonOracle.Run(["nibabel", "numpy"], """
            import sys, itertools, numpy as np, nibabel as nib
            folder = sys.argv[1]
            rng = np.random.default_rng(5)
            types = [np.uint8, np.int8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64, np.float32, np.float64]
            rotation = nib.quaternions.quat2mat([0.5, -0.7, 0.4, 0.3])
            table = open(folder + '/table', 'w')
            geometries = ['sform', 'qform', 'both', 'left-handed', 'half-turn', 'neither', 'bad codes', 'bad sizes']
            for type, order, geometry in itertools.product(types, '<>', geometries):
                for scaling in [(np.nan, np.nan), (0, 5), (1, 0), (0.37, -1024.5), (np.inf, 0), (-2, 7)]:
                    hdr = nib.Nifti1Header(endianness=order)
                    hdr.set_data_dtype(np.dtype(type).newbyteorder(order))
                    rank = int(rng.integers(3, 8))
                    hdr.set_data_shape((4, 3, 5) + (1,) * (rank - 3))
                    affine = np.eye(4)
                    affine[:3, :3] = rotation @ np.diag([0.7, 0.9, 2.5 if geometry != 'left-handed' else -2.5])
                    if geometry == 'half-turn':
                        affine[:3, :3] = np.diag([-0.7, -0.9, 2.5])
                    affine[:3, 3] = [-100, 50.5, 7]
                    hdr['pixdim'][1:4] = [0.7, 0.9, 2.5]
                    if geometry in ('qform', 'both', 'left-handed', 'half-turn', 'bad sizes'):
                        hdr.set_qform(affine, 1)
                    if geometry in ('sform', 'both'):
                        hdr.set_sform(affine @ np.diag([1, 2, 1, 1]) + np.outer([1, 0, 0, 0], [0, 0.1, 0, 3]), 2)
                    if geometry == 'bad codes':
                        hdr['sform_code'], hdr['qform_code'] = 77, -1
                    if geometry == 'bad sizes':
                        hdr['pixdim'][0] = 0.5
                        hdr['pixdim'][1] = 0
                        hdr['pixdim'][3] = -2
                    hdr['scl_slope'], hdr['scl_inter'] = scaling
                    hdr['vox_offset'] = 352
                    if np.issubdtype(type, np.integer):
                        info = np.iinfo(type)
                        data = rng.integers(info.min, info.max, 60, dtype=type, endpoint=True)
                        data[:2] = info.min, info.max
                    else:
                        data = rng.normal(0, 1000, 60).astype(type)
                    data = data.astype(np.dtype(type).newbyteorder(order))
                    name = f'{np.dtype(type).name}{"LB"[order == ">"]}_{geometry}_{scaling[0]}.nii'.replace(' ', '-')
                    open(f'{folder}/{name}', 'wb').write(hdr.binaryblock + bytes(4) + data.tobytes())
                    image = nib.load(f'{folder}/{name}')
                    image.get_fdata().reshape(4, 3, 5).transpose(2, 1, 0).astype(np.float32).tofile(f'{folder}/{name}.expected')
                    print(name, *[repr(float(v)) for v in image.affine[:3].ravel()], file=table)
            """, _folder.FullName);
        string[] table = File.ReadAllLines(_folder["table"]);
        Assert.Equal(10 * 2 * 8 * 6, table.Length);
        foreach (string line in table)
        {
            string[] words = line.Split(' ');
            var volume = _reader.Read(_folder[words[0]], VolumeReadOptions.Default);
            Assert.Equal(new VolumeShape(5, 3, 4), volume.Shape);
            Assert.Equal(_folder[words[0]], volume.Source);
            Assert.Equal(MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(_folder[words[0] + ".expected"])), volume.Voxels);
            AssertAffine(words[1..], volume.Grid.Affine, words[0]);
        }
    }

    [Fact]
    public void RealVolumesReadAsNibabelReadsThem()
    {
        string root = SharedCt.PathOf("sts/..");
        string[] files = Directory.GetFiles(root, "*.nii.gz", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        string[] printed = PythonOracle.Run(["nibabel", "numpy"], """
            import sys, numpy as np, nibabel as nib
            for i, path in enumerate(sys.argv[2:]):
                image = nib.load(path)
                np.ascontiguousarray(image.get_fdata().T.astype(np.float32)).tofile(f'{sys.argv[1]}/{i}')
                print(*[repr(float(v)) for v in image.affine[:3].ravel()])
            """, [_folder.FullName, .. files]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < files.Length; i++)
        {
            Assert.True(_reader.CanRead(files[i]));
            var volume = _reader.Read(files[i], VolumeReadOptions.Default);
            Assert.True(MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(_folder[$"{i}"])).SequenceEqual(volume.Voxels), files[i]);
            AssertAffine(printed[i].Split(' '), volume.Grid.Affine, files[i]);
        }
    }

    [Fact]
    public void GzippedContentIsFoundByItsBytesNotItsName()
    {
        var bytes = NiftiBytes.Small(bigEndian: true);
        File.WriteAllBytes(_folder["packed.nii"], NiftiBytes.Gzip(bytes.Bytes));
        File.WriteAllBytes(_folder["plain.nii.gz"], bytes.Bytes);
        File.WriteAllBytes(_folder["plain"], bytes.Bytes);
        File.WriteAllBytes(_folder["packed"], NiftiBytes.Gzip(bytes.Bytes));
        foreach (string name in (string[])["packed.nii", "plain.nii.gz", "plain", "packed"])
        {
            Assert.True(_reader.CanRead(_folder[name]), name);
            var volume = _reader.Read(_folder[name], VolumeReadOptions.Default);
            Assert.Equal(Enumerable.Range(0, 24).Select(i => (float)i), volume.Voxels);
            Assert.Equal(new Affine(1, 0, 0, -10, 0, 2, 0, -20, 0, 0, 3, -30), volume.Grid.Affine);
        }
    }

    [Fact]
    public void OtherFilesAreNotRecognised()
    {
        File.WriteAllText(_folder["a.txt"], "text");
        File.WriteAllBytes(_folder["b"], NiftiBytes.Gzip(new byte[1000]));
        File.WriteAllBytes(_folder["c"], [0x1f, 0x8b, 1, 2, 3]);
        File.WriteAllBytes(_folder["empty"], []);
        Assert.False(_reader.CanRead(_folder.FullName));
        Assert.DoesNotContain(Directory.GetFiles(_folder.FullName), _reader.CanRead);
        Assert.False(_reader.CanRead(_folder["absent.nii"]));
    }

    [Fact]
    public void ExtensionsAndTrailingBytesAreSkipped()
    {
        var file = NiftiBytes.Small();
        byte[] extension = new byte[32];
        extension[0] = 32;
        extension[4] = 6;
        file.Bytes = [.. file.Bytes[..348], 1, 0, 0, 0, .. extension, .. file.Bytes[352..]];
        file.Single(108, 384).Then(1, 2, 3);
        foreach (byte[] bytes in (byte[][])[file.Bytes, NiftiBytes.Gzip(file.Bytes), [.. NiftiBytes.Gzip(file.Bytes), 7, 7, 7]])
            Assert.Equal(23, Read(bytes)[1, 2, 3]);
    }

    [Theory]
    [InlineData(1, 1000)]
    [InlineData(2, 1)]
    [InlineData(3, 0.001)]
    [InlineData(0, 1)]
    public void SpatialUnitsBecomeMillimetres(byte unit, double factor)
    {
        var file = NiftiBytes.Small();
        file.Bytes[123] = (byte)(unit | 8);
        float mm = (float)(1 / factor);
        file.Single(280, mm, 0, 0, 0, 0, 2 * mm, 0, 0, 0, 0, 3 * mm, 0);
        var spacing = Read(file.Bytes).Spacing;
        Assert.Equal(3, spacing.Depth, 1e-6);
        Assert.Equal(1, spacing.Width, 1e-6);
    }

    public static TheoryData<string, string> Refused => new()
    {
        { "hdr", "two-file" },
        { "analyze", "ANALYZE" },
        { "nifti-2", "NIfTI-2" },
        { "nothing", "0 bytes" },
        { "text", "no NIfTI header" },
        { "two frames", "several frames" },
        { "vector", "several frames" },
        { "2-D", "2-D" },
        { "rank 0", "0 dimensions" },
        { "rank 8", "8 dimensions" },
        { "empty axis", "4 x 0 x 2" },
        { "negative axis", "4 x -3 x 2" },
        { "complex", "complex64" },
        { "rgb", "RGB24" },
        { "float128", "float128" },
        { "type 5", "datatype 5" },
        { "bits", "8 bits per voxel" },
        { "offset 0", "vox_offset of 0" },
        { "offset 351", "vox_offset of 351" },
        { "offset fraction", "vox_offset of 352.5" },
        { "offset NaN", "vox_offset of NaN" },
        { "offset huge", "vox_offset of" },
        { "truncated", "the data end after" },
        { "truncated gzip", "after" },
        { "gzip checksum", "after" },
        { "gzip short", "the data end after" },
        { "inter", "scl_inter" },
        { "singular", "the affine" },
        { "NaN affine", "the affine" },
        { "quaternion", "the quaternion" },
        { "unit", "spatial unit 5" },
        { "infinite", "voxel of" },
        { "huge", "32767 x 32767 x 32767" },
        { "large", "the data end after" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void EverythingElseIsRefusedByName(string damage, string said)
    {
        foreach (bool bigEndian in (bool[])[false, true])
        {
            var file = NiftiBytes.Small(bigEndian);
            byte[] bytes = damage switch
            {
                "hdr" => With(file, 345, (byte)'i'),
                "analyze" => file.Int32(344, 0).Bytes,
                "nifti-2" => file.Int32(0, 540).Bytes,
                "nothing" => [],
                "text" => Enumerable.Repeat((byte)'a', 400).ToArray(),
                "two frames" => file.Int16(40, 4, 4, 3, 1, 2).Bytes,
                "vector" => file.Int16(40, 5, 4, 1, 2, 1, 3).Bytes,
                "2-D" => file.Int16(40, 2).Bytes,
                "rank 0" => file.Int16(40, 0).Bytes,
                "rank 8" => file.Int16(40, 8).Bytes,
                "empty axis" => file.Int16(44, 0).Bytes,
                "negative axis" => file.Int16(44, -3).Bytes,
                "complex" => file.Int16(70, 32, 64).Bytes,
                "rgb" => file.Int16(70, 128, 24).Bytes,
                "float128" => file.Int16(70, 1536, 128).Bytes,
                "type 5" => file.Int16(70, 5, 16).Bytes,
                "bits" => file.Int16(72, 8).Bytes,
                "offset 0" => file.Single(108, 0).Bytes,
                "offset 351" => file.Single(108, 351).Bytes,
                "offset fraction" => file.Single(108, 352.5f).Bytes,
                "offset NaN" => file.Single(108, float.NaN).Bytes,
                "offset huge" => NiftiBytes.Gzip(file.Single(108, 1e9f).Bytes),
                "truncated" => file.Bytes[..^1],
                "truncated gzip" => NiftiBytes.Gzip(file.Bytes)[..^20],
                "gzip checksum" => With(NiftiBytes.Gzip(file.Bytes), ^8),
                "gzip short" => NiftiBytes.Gzip(file.Bytes[..^1]),
                "inter" => file.Single(112, 2, float.NaN).Bytes,
                "singular" => file.Single(280, 0, 0, 0, 0).Bytes,
                "NaN affine" => file.Single(292, float.NaN).Bytes,
                "quaternion" => file.Int16(252, 1, 0).Single(256, 1, 1, 1).Bytes,
                "unit" => With(file, 123, 5),
                "infinite" => file.Single(112, float.MaxValue, 0).Bytes,
                "huge" => file.Int16(42, 32767, 32767, 32767).Bytes,
                "large" => NiftiBytes.Gzip(file.Int16(42, 1000, 1000, 1000).Bytes),
                _ => throw new ArgumentException(damage),
            };
            long before = GC.GetAllocatedBytesForCurrentThread();
            var error = Assert.Throws<VolumeFormatException>(() => Read(bytes));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
            Assert.Contains(said, error.Message);
            Assert.Contains("a.nii", error.Message);
        }
    }

    [Theory]
    [InlineData("absent.nii")]
    [InlineData("")]
    [InlineData("nul\0.nii")]
    public void PathsThatCannotBeOpenedAreNamed(string name)
    {
        string path = name == "absent.nii" ? _folder[name] : name;
        Assert.StartsWith(
            path.Replace('\0', ' '), Assert.Throws<MissingInputException>(() => _reader.Read(path, VolumeReadOptions.Default)).Message);
        Assert.Throws<MissingInputException>(() => _reader.Read(_folder.FullName, VolumeReadOptions.Default));
    }

    [Fact]
    public void NotANumberIsAirInACtAndKeptInAMap()
    {
        var file = NiftiBytes.Small().Int16(70, 16, 32);
        file.Bytes = [.. file.Bytes, .. new byte[48]];
        for (int i = 0; i < 24; i++)
            file.Single(352 + (4 * i), i % 5 == 0 ? float.NaN : i);
        var volume = Read(file.Bytes);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => i % 5 == 0 ? -1000f : i), volume.Voxels);
        Assert.Equal(5, NiftiVolumeReader.ReadMap(volume.Source).Voxels.Count(float.IsNaN));
    }

    [Fact]
    public void LabelsOfAnyTypeMustBeWholeNumbersFrom0To255()
    {
        var file = NiftiBytes.Small();
        string path = _folder["labels.nii"];
        File.WriteAllBytes(path, file.Bytes);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (byte)i), NiftiVolumeReader.ReadLabels(path).Voxels);
        Assert.Equal(23, NiftiVolumeReader.ReadMask(path).Count);

        File.WriteAllBytes(path, file.Single(112, 10, 25).Bytes);
        Assert.Equal(Enumerable.Range(0, 24).Select(i => (byte)((10 * i) + 25)), NiftiVolumeReader.ReadLabels(path).Voxels);

        foreach ((float slope, float intercept) in ((float, float)[])[(11, 25), (1, -1), (0.5f, 0), (1, 1e9f)])
        {
            File.WriteAllBytes(path, file.Single(112, slope, intercept).Bytes);
            Assert.Contains("labels", Assert.Throws<VolumeFormatException>(() => NiftiVolumeReader.ReadLabels(path)).Message);
        }
    }

    [Fact]
    public void AGzipBombBehindTheVoxelsIsNotUnpacked()
    {
        byte[] bomb = NiftiBytes.Gzip([.. NiftiBytes.Small().Bytes, .. new byte[1 << 28]]);
        new Random(1).NextBytes(bomb.AsSpan(bomb.Length / 2, 64));
        using (var all = new GZipStream(new MemoryStream(bomb), CompressionMode.Decompress))
            Assert.Throws<InvalidDataException>(() => all.CopyTo(Stream.Null));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(23, Read(bomb)[1, 2, 3]);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void MemoryIsTheVoxelsAndALittle()
    {
        var file = NiftiBytes.Small().Int16(42, 128, 128, 64);
        file.Bytes = [.. file.Bytes[..352], .. new byte[128 * 128 * 64 * 2]];
        byte[] packed = NiftiBytes.Gzip(file.Bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(new VolumeShape(64, 128, 128), Read(packed).Shape);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1 << 22, (1 << 22) + (1 << 20));
    }

    [Fact]
    public void ProgressGrowsToOneAndCancellingStops()
    {
        var file = NiftiBytes.Small().Int16(42, 128, 128, 64);
        file.Bytes = [.. file.Bytes[..352], .. new byte[128 * 128 * 64 * 2]];
        File.WriteAllBytes(_folder["a.nii"], file.Bytes);
        var heard = new Heard();
        _reader.Read(_folder["a.nii"], VolumeReadOptions.Default, heard);
        Assert.Equal(heard.Values.Order(), heard.Values);
        Assert.Equal(1, heard.Values[^1]);
        Assert.True(heard.Values.Count > 2);
        using var source = new CancellationTokenSource();
        var stopping = new Heard { OnReport = source.Cancel };
        Assert.Throws<OperationCanceledException>(() => _reader.Read(_folder["a.nii"], VolumeReadOptions.Default, stopping, source.Token));
        Assert.Single(stopping.Values);
    }

    private CtVolume Read(byte[] bytes)
    {
        File.WriteAllBytes(_folder["a.nii"], bytes);
        return _reader.Read(_folder["a.nii"], VolumeReadOptions.Default);
    }

    private static byte[] With(NiftiBytes file, int at, byte value)
    {
        file.Bytes[at] = value;
        return file.Bytes;
    }

    private static byte[] With(byte[] bytes, Index flipped)
    {
        bytes[flipped] ^= 1;
        return bytes;
    }

    private static void AssertAffine(string[] expected, Affine affine, string file)
    {
        for (int i = 0; i < 12; i++)
        {
            double value = double.Parse(expected[i], CultureInfo.InvariantCulture);
            Assert.True(
                Math.Abs(value - affine[i / 4, i % 4]) <= 1e-6 * Math.Max(1, Math.Abs(value)),
                $"{file}: {affine} instead of {string.Join(' ', expected)}");
        }
    }

    private sealed class Heard : IProgress<double>
    {
        public List<double> Values { get; } = [];

        public Action OnReport { get; init; } = () => { };

        public void Report(double value)
        {
            Values.Add(value);
            OnReport();
        }
    }
}
