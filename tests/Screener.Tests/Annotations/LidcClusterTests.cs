using System.Globalization;
using Screener.Annotations;
using Screener.Errors;
using Screener.Randomness;

namespace Screener.Tests.Annotations;

public sealed class LidcClusterTests
{
    [Fact]
    public void ReadingsOfOneNoduleComeTogether()
    {
        // 0.5 mm pixels, slices of 2 mm: b touches a, c touches b only, d is alone, e is a point, f is above a by one slice.
        var reading = new LidcReading("", [
            Reader(Outline("a", 0, 10, 10), Outline("d", 0, 60, 60), new LidcNodule("e", [new LidcContour("1", 0, true, [(12, 12)])])),
            Reader(Outline("b", 0, 18, 10)),
            Reader(Outline("c", 0, 26, 10)),
            Reader(Outline("f", 2, 10, 10))], "x");
        Assert.Equal(["abcf", "d"], Names(LidcCluster.Of(reading, 0.5, 0.5, 2)));
        Assert.Equal(["a", "d", "b", "c", "f"], Names(LidcCluster.Of(reading, 0.5, 0.5, 1)));
        Assert.Throws<OptionException>(() => LidcCluster.Of(reading, 0, 0.5, 1));
    }

    [Fact]
    public void WhereMoreThanFourTouchTheDistanceIsLowered()
    {
        // Two nodules of four readers each, 2 mm apart where slices are 3 mm apart.
        var reading = new LidcReading(
            "", [.. Enumerable.Range(0, 4).Select(i => Reader(Outline($"{i}", 0, 10, 10), Outline($"{(char)('A' + i)}", 0, 18, 10)))], "x");
        Assert.Equal(["0123", "ABCD"], Names(LidcCluster.Of(reading, 0.5, 0.5, 3)));

        // Five readings in one place cannot be told apart.
        var five = new LidcReading(
            "", [Reader(Outline("a", 0, 10, 10), Outline("b", 0, 10, 10)),
                .. Enumerable.Range(0, 3).Select(i => Reader(Outline($"{i}", 0, 10, 10)))], "x.xml");
        Assert.Contains("x.xml", Assert.Throws<AnnotationException>(() => LidcCluster.Of(five, 0.5, 0.5, 3)).Message);
    }

    /// <summary>Single linkage of point sets within a distance, as SciPy has it.</summary>
    [Fact]
    public void ClustersAreThoseOfSingleLinkage()
    {
        for (ulong seed = 0; seed < 8; seed++)
        {
            var random = new RandomStream(seed);
            var reading = new LidcReading(
                "", [.. Enumerable.Range(0, 4).Select(
                    r => Reader(
                        [.. Enumerable.Range(0, 4).Select(
                            n => Outline($"{r}{n} ", 2 * random.NextInt(4), random.NextInt(90), random.NextInt(90)))]))], "x");
            var all = reading.Readers.SelectMany(r => r.Nodules).ToList();
            string points = string.Join(
                ';', all.Select(
                    n => string.Join(
                        ',', n.Contours.SelectMany(
                            c => c.Points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.X * 0.6}:{p.Y * 0.7}:{c.Z}"))))));
            string expected = PythonOracle.Run(
                ["scipy", "numpy"],
                """
                import sys, numpy as np
                from scipy.spatial.distance import cdist
                from scipy.cluster.hierarchy import fcluster, linkage
                from scipy.spatial.distance import squareform
                sets = [np.array([[float(v) for v in p.split(':')] for p in s.split(',')]) for s in sys.argv[1].split(';')]
                d = np.array([[cdist(a, b).min() if i != j else 0 for j, b in enumerate(sets)] for i, a in enumerate(sets)])
                tol = 2.0
                while True:
                    labels = fcluster(linkage(squareform(d), 'single'), tol, 'distance')
                    if np.bincount(labels).max() <= 4: break
                    tol *= 0.9
                first = [list(labels).index(l) for l in labels]
                print(' '.join(map(str, first)))
                """,
                points).Trim();
            var clusters = LidcCluster.Of(reading, 0.6, 0.7, 2);
            var first = all.Select(n => all.IndexOf(clusters.Single(c => c.Members.Any(m => m.Nodule == n)).Members[0].Nodule));
            Assert.Equal(expected, string.Join(' ', first));
        }
    }

    [Fact]
    public void TheNoduleThatFourReadersDrewIsOne()
    {
        var reading = LidcXmlReader.Read(SharedCt.PathOf("lidc-idri-0314/053.xml"));
        var cluster = Assert.Single(LidcCluster.Of(reading, 0.78125, 0.78125, 1));
        Assert.Equal([0, 1, 2, 3], cluster.Members.Select(m => m.Reader));
        Assert.Equal([1, 5, 4, 3], cluster.Members.Select(m => m.Nodule.Characteristics!.Malignancy!.Value));
        Assert.Equal(new NoduleCharacteristics(5, 1, 6, 2, 4, 1, 4, 5, 1), cluster.Members[0].Nodule.Characteristics);
    }

    private static LidcReader Reader(params LidcNodule[] nodules) => new(nodules);

    private static LidcNodule Outline(string id, double z, int x, int y) => new(
        id, [new LidcContour("1", z, true, [(x, y), (x + 4, y), (x + 4, y + 4), (x, y + 4)])]);

    private static IEnumerable<string> Names(IReadOnlyList<LidcCluster> clusters) => clusters.Select(
        c => string.Concat(c.Members.Select(m => m.Nodule.Id)));
}
