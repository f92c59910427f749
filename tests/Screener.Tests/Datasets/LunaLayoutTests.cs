using Screener.Annotations;
using Screener.Datasets;
using Screener.Errors;
using Screener.Imaging;

namespace Screener.Tests.Datasets;

/// <summary>LUNA16 in small: MetaImage with balls in place of outlines.</summary>
public sealed class LunaLayoutTests : IDisposable
{
    private const string Header = "seriesuid,coordX,coordY,coordZ,diameter_mm";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void BallsLieWhereTheirCoordinatesSay()
    {
        RawData.Write(
            _folder,
            """
            # ITK's world is LPS: x to the left, y to the back. MetaImage's rows of TransformMatrix are the axes of x, y and z.
            def scan(name, hu, offset, spacing, axes=(1, 1, 1), packed=False):
                matrix = ' '.join(str(v) for v in np.diag(axes).ravel())
                data = hu.astype('<i2').tobytes()
                ending = 'zraw' if packed else 'raw'
                if packed:
                    import zlib
                    data = zlib.compress(data)
                lines = ['ObjectType = Image', 'NDims = 3', 'BinaryData = True', 'BinaryDataByteOrderMSB = False',
                    f'CompressedData = {packed}'] + ([f'CompressedDataSize = {len(data)}'] if packed else []) + [
                    f'TransformMatrix = {matrix}', f'Offset = {offset[0]} {offset[1]} {offset[2]}', 'CenterOfRotation = 0 0 0',
                    'AnatomicalOrientation = RAI', f'ElementSpacing = {spacing[0]} {spacing[1]} {spacing[2]}',
                    f'DimSize = {hu.shape[2]} {hu.shape[1]} {hu.shape[0]}', 'ElementType = MET_SHORT',
                    f'ElementDataFile = {os.path.basename(name)}.{ending}']
                open(at(name + '.mhd'), 'w').write('\n'.join(lines) + '\n')
                open(at(f'{name}.{ending}'), 'wb').write(data)

            # By brute force, in the file's own axes: x and y are turned for the canonical array unless the axes are turned already.
            def ball(shape, offset, spacing, axes, balls):
                d, h, w = np.mgrid[:shape[0], :shape[1], :shape[2]]
                mask = np.zeros(shape, np.uint8)
                for x, y, z, diameter in balls:
                    r2 = sum((o + a * s * i - c) ** 2 for o, a, s, i, c in zip(offset, axes, spacing, (w, h, d), (x, y, z)))
                    mask[r2 <= (diameter / 2) ** 2] = 1
                    mask[np.unravel_index(r2.argmin(), shape)] = 1
                return mask

            def canonical_of(array, axes):
                return array[::axes[2], ::-axes[1], ::-axes[0]]

            rows = []
            def case(name, folder, seed, offset, spacing, axes, balls, packed=False):
                hu, _ = body(seed=seed)
                scan(f'{folder}/{name}', hu, offset, spacing, axes, packed)
                rows.extend((name,) + b for b in balls)
                expect(name, canonical_of(hu, axes), canonical_of(ball(hu.shape, offset, spacing, axes, balls), axes))

            case('1.3.6.1', 'subset0', 1, (-70.5, -60.25, -20), (4, 4.5, 5), (1, 1, 1), [(10.1, -3.2, -4.4, 21.7), (-33, 12, 4, 14)])
            case('1.3.6.2', 'subset0', 2, (80, 64, -40), (4, 4, 5), (-1, -1, 1), [(21.3, 7.7, -19, 30)], packed=True)
            case('1.3.6.3', 'subset1', 3, (-70, -60, -20), (4, 4, 5), (1, 1, 1), [(1.9, 2.1, 0.2, 0.5)])    # between voxels
            case('1.3.6.4', 'subset1', 4, (-70, -60, -20), (4, 4, 5), (1, 1, 1), [])                         # none
            hu, _ = body(seed=5)
            scan('seg-lungs-LUNA16/1.3.6.1', (hu > 0).astype(np.int16), (-70, -60, -20), (4, 4, 5))
            scan('subset2/1.3.6.5', hu, (-70, -60, -20), (4, 4, 5))
            rows.append(('1.3.6.5', 900.0, 0.0, 0.0, 10.0))
            scan('subset3/1.3.6.1', hu, (-70, -60, -20), (4, 4, 5))
            scan('subset3/1.3.6.6', hu, (-70, -60, -20), (4, 4, 5))
            os.remove(at('subset3/1.3.6.6.raw'))
            rows.append(('1.3.6.77', 0.0, 0.0, 0.0, 10.0))
            text = 'seriesuid,coordX,coordY,coordZ,diameter_mm\r\n' + ''.join(','.join(map(str, r)) + '\r\n' for r in rows)
            open(at('annotations.csv'), 'w', newline='').write(text)
            open(at('evaluationScript/annotations/annotations.csv'), 'w').write('other')
            open(at('candidates_V2.csv'), 'w').write('known')
            """);
        var result = RawData.Import(_folder, "luna");
        Assert.Equal(["1.3.6.1", "1.3.6.2", "1.3.6.3", "1.3.6.4", "1.3.6.5"], result.Cache.CaseIds);
        foreach (string id in new[] { "1.3.6.1", "1.3.6.2", "1.3.6.3", "1.3.6.4" })
            RawData.AssertAsExpected(_folder, result.Cache, id);
        Assert.Equal(1, result.Cache.Read(2, TestContext.Current.CancellationToken).Lesions.Count);
        Assert.Contains(result.Cache.ReadRecord("1.3.6.5").Notes, n => n.Contains("1 of 1 nodules lie outside", StringComparison.Ordinal));
        Assert.Contains(".raw", RawData.ReasonOf(result.Cache, "1.3.6.6"), StringComparison.Ordinal);
        Assert.Contains(result.Oddities, o => o is { Kind: OddityKind.Surplus, Subject: "subset3/1.3.6.1.mhd" });
        Assert.Contains(result.Oddities, o => o.Kind == OddityKind.Missing && o.Text.Contains("1.3.6.77", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a,b\n")]
    [InlineData(Header + "\n1.2,1,2,3\n")]
    [InlineData(Header + "\n1.2,1,2,3,4,5\n")]
    [InlineData(Header + "\n1.2,1,2,x,4\n")]
    [InlineData(Header + "\n,1,2,3,4\n")]
    [InlineData(Header + "\n1.2,NaN,2,3,4\n")]
    [InlineData(Header + "\n1.2,1,2,3,-1\n")]
    [InlineData(Header + "\n1.2,1,2,3,0\n")]
    [InlineData(Header + "\n1.2,1e300,2,3,4\n")]
    [InlineData(Header + "\n1.2,1,2,3,301\n")]
    public void AnotherTableIsRefusedByItsLine(string text)
    {
        File.WriteAllText(_folder["annotations.csv"], text);
        string message = Assert.Throws<AnnotationException>(() => NoduleBalls.Read(_folder["annotations.csv"])).Message;
        Assert.Contains(text.StartsWith(Header, StringComparison.Ordinal) ? "line 2" : Header, message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutItsTableNothingIsRead()
    {
        Directory.CreateDirectory(_folder["raw"]);
        File.WriteAllText(_folder["raw/1.2.mhd"], "");
        Assert.Contains("annotations.csv", Assert.Throws<MissingInputException>(() => RawData.Import(_folder, "luna")).Message);
    }

    /// <summary>On any grid, also an oblique one, a ball is what brute force says it is.</summary>
    [Fact]
    public void BallsOnObliqueGrids()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 40; trial++)
        {
            double turn = random.NextDouble(), tilt = random.NextDouble() * .5;
            var (c, s, ct, st) = (Math.Cos(turn), Math.Sin(turn), Math.Cos(tilt), Math.Sin(tilt));
            var rotation = new Affine(c, -s * ct, s * st, -30, s, c * ct, -c * st, -25, 0, st, ct, -20);
            var affine = rotation.Compose(Affine.Canonical(new Spacing(1 + random.NextDouble() * 4, 2, 1.5)));
            var grid = new VolumeGrid(new VolumeShape(14, 20, 22), affine);
            var (x, y, z) = affine.ToWorld(random.NextDouble() * 13, random.NextDouble() * 19, random.NextDouble() * 21);
            double diameter = 1 + random.NextDouble() * 30;
            var (mask, elsewhere) = NoduleBalls.Draw([new NoduleBall(-x, -y, z, diameter)], grid);
            Assert.Equal(0, elsewhere);
            byte[] expected = new byte[grid.Shape.VoxelCount];
            var (nearest, best) = (0, double.MaxValue);
            for (int d = 0, i = 0; d < grid.Shape.Depth; d++)
            {
                for (int h = 0; h < grid.Shape.Height; h++)
                {
                    for (int w = 0; w < grid.Shape.Width; w++, i++)
                    {
                        var (vx, vy, vz) = affine.ToWorld(d, h, w);
                        double distance = Math.Sqrt(((vx - x) * (vx - x)) + ((vy - y) * (vy - y)) + ((vz - z) * (vz - z)));
                        expected[i] = (byte)(distance <= diameter / 2 ? 1 : 0);
                        if (distance < best)
                            (nearest, best) = (i, distance);
                    }
                }
            }

            expected[nearest] = 1;
            Assert.Equal(expected, mask.Voxels);
        }
    }
}
