using System.Text;
using Screener.Annotations;
using Screener.Errors;
using Screener.Randomness;

namespace Screener.Tests.Annotations;

public sealed class LidcXmlReaderTests
{
    internal static string Message(string sessions, string uid = "1.2.3") => """
        <?xml version="1.0" encoding="UTF-8"?>
        <LidcReadMessage uid="1" xmlns="http://www.nih.gov">
        """ + $"<ResponseHeader><SeriesInstanceUid> {uid} </SeriesInstanceUid></ResponseHeader>{sessions}</LidcReadMessage>";

    internal static string Session(params string[] nodules) => $"<readingSession>{string.Concat(nodules)}</readingSession>";

    internal static string Nodule(string id, params string[] rois) =>
        $"<unblindedReadNodule><noduleID>{id}</noduleID>{string.Concat(rois)}</unblindedReadNodule>";

    internal static string Roi(string sopUid, string inclusion, params (int X, int Y)[] points) =>
        $"<roi><imageZposition>-12.5 </imageZposition><imageSOP_UID>{sopUid}</imageSOP_UID><inclusion>{inclusion}</inclusion>"
        + string.Concat(points.Select(p => $"<edgeMap><xCoord>{p.X}</xCoord><yCoord>{p.Y}</yCoord></edgeMap>")) + "</roi>";

    internal static LidcReading Parse(string xml) => LidcXmlReader.Read(new MemoryStream(Encoding.UTF8.GetBytes(xml)), "test.xml");

    [Fact]
    public void ReadersNodulesAndOutlinesAreRead()
    {
        var reading = Parse(Message(
            Session(Nodule("a", Roi("1.1", "TRUE", (1, 2), (3, 4), (5, 2))), Nodule("small", Roi("1.2", "TRUE", (7, 8))))
            + Session(Nodule("b", Roi("1.1", "FALSE", (1, 2), (3, 4))))
            + Session("<nonNodule><nonNoduleID>x</nonNoduleID></nonNodule>")));
        Assert.Equal("1.2.3", reading.SeriesUid);
        Assert.Equal([2, 1, 0], reading.Readers.Select(r => r.Nodules.Count));
        var nodule = reading.Readers[0].Nodules[0];
        Assert.Equal(("a", true), (nodule.Id, nodule.IsOutlined));
        Assert.Equal(("1.1", -12.5, true), (nodule.Contours[0].SopInstanceUid, nodule.Contours[0].Z, nodule.Contours[0].IsInclusion));
        Assert.Equal([(1, 2), (3, 4), (5, 2)], nodule.Contours[0].Points);
        Assert.False(reading.Readers[0].Nodules[1].IsOutlined);
        Assert.False(reading.Readers[1].Nodules[0].Contours[0].IsInclusion);
    }

    [Theory]
    [InlineData("lidc-idri-0314/053.xml", 4, 4, 69)]
    [InlineData("lidc-slabs/LIDC-IDRI-0001_69.xml", 4, 4, 32)]
    [InlineData("lidc-slabs/LIDC-IDRI-0003_72.xml", 4, 13, 76)]
    [InlineData("lidc-slabs/157_160.xml", 4, 4, 18)]
    public void TheCollectionsOwnFilesAreRead(string file, int readers, int outlined, int outlines)
    {
        var reading = LidcXmlReader.Read(SharedCt.PathOf(file));
        Assert.Equal(readers, reading.Readers.Count);
        var nodules = reading.Readers.SelectMany(r => r.Nodules).Where(n => n.IsOutlined).ToList();
        Assert.Equal((outlined, outlines), (nodules.Count, nodules.Sum(n => n.Contours.Count)));
        Assert.StartsWith("1.3.6.1.4.1.14519.5.2.1.6279.6001.", reading.SeriesUid);
    }

    [Theory]
    [InlineData("lidc-slabs/185_068.xml")]
    [InlineData("lidc-slabs/185_070.xml")]
    public void ChestXRayReadingsAreRefusedByName(string file)
    {
        var error = Assert.Throws<AnnotationException>(() => LidcXmlReader.Read(SharedCt.PathOf(file)));
        Assert.Contains("IdriReadMessage", error.Message);
        Assert.Contains("X-ray", error.Message);
    }

    [Fact]
    public void CharacteristicsAreKeptAsFarAsTheyAreThere()
    {
        string roi = Roi("1.1", "TRUE", (1, 2), (3, 4), (5, 2));
        var reading = Parse(Message(Session(
            $"<unblindedReadNodule><noduleID>a</noduleID><characteristics><subtlety>5</subtlety><malignancy> 3 "
            + $"</malignancy><texture/></characteristics>{roi}</unblindedReadNodule>",
            $"<unblindedReadNodule><noduleID>b</noduleID><characteristics/>{roi}</unblindedReadNodule>",
            Nodule("c", roi))));
        Assert.Equal(
            [new NoduleCharacteristics(5, null, null, null, null, null, null, null, 3), null, null],
            reading.Readers[0].Nodules.Select(n => n.Characteristics));
    }

    [Fact]
    public void TheSeriesIsKnownWithoutTheOutlines()
    {
        string file = SharedCt.PathOf("lidc-idri-0314/053.xml");
        Assert.Equal(LidcXmlReader.Read(file).SeriesUid, LidcXmlReader.ReadSeriesUid(file));
        Assert.Contains(
            "X-ray", Assert.Throws<AnnotationException>(
                () => LidcXmlReader.ReadSeriesUid(SharedCt.PathOf("lidc-slabs/185_068.xml"))).Message);
    }

    /// <summary>The collection has 1,018 files; that they take seconds, not minutes, is what this is about.</summary>
    [Fact]
    public void AThousandFilesAreReadInSeconds()
    {
        byte[][] files = [
            .. new[] { "lidc-idri-0314/053.xml", "lidc-slabs/LIDC-IDRI-0001_69.xml", "lidc-slabs/LIDC-IDRI-0003_72.xml",
                "lidc-slabs/157_160.xml" }.Select(f => File.ReadAllBytes(SharedCt.PathOf(f)))];
        long points = 0;
        var began = ProcessorTime.OfThread;
        for (int i = 0; i < 1000; i++)
            points += LidcXmlReader.Read(new MemoryStream(files[i % 4]), "x").Readers.Sum(
                r => r.Nodules.Sum(n => n.Contours.Sum(c => c.Points.Count)));
        double seconds = (ProcessorTime.OfThread - began).TotalSeconds;
        TestContext.Current.TestOutputHelper!.WriteLine(FormattableString.Invariant($"{seconds:0.0} s"));
        Assert.Equal(
            250L * files.Sum(
                f => System.Xml.Linq.XElement.Load(new MemoryStream(f)).Descendants().Count(
                    e => e.Name.LocalName == "edgeMap" && e.Parent!.Name.LocalName == "roi")), points);
        // It takes two.
        Assert.InRange(seconds, 0, 30);
    }

    [Fact]
    public void EntitiesAreNeverExpanded()
    {
        string bomb = """
            <!DOCTYPE l [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
            <LidcReadMessage xmlns="http://www.nih.gov"><readingSession>&b;</readingSession></LidcReadMessage>
            """;
        Assert.Throws<AnnotationException>(() => Parse(bomb));
        string outside = """<!DOCTYPE l SYSTEM "file:///etc/hostname"><LidcReadMessage xmlns="http://www.nih.gov"/>""";
        Assert.Throws<AnnotationException>(() => Parse(outside));
    }

    [Theory]
    [InlineData("<html/>", "html")]
    [InlineData("", "damaged")]
    [InlineData("<LidcReadMessage xmlns='http://www.nih.gov'/>", "readingSession")]
    [InlineData("<LidcReadMessage xmlns='http://www.nih.gov'><readingSession>", "damaged")]
    public void WhatIsNotAReadingIsRefused(string xml, string mention) =>
        Assert.Contains(mention, Assert.Throws<AnnotationException>(() => Parse(xml)).Message);

    [Theory]
    [InlineData("MAYBE", "1")]
    [InlineData("TRUE", "-1")]
    [InlineData("TRUE", "1e3")]
    [InlineData("TRUE", "99999999999")]
    [InlineData("TRUE", "")]
    public void DamagedOutlinesAreRefused(string inclusion, string x)
    {
        string roi =
            $"<roi><imageZposition>1</imageZposition><imageSOP_UID>1</imageSOP_UID><inclusion>{inclusion}</inclusion>"
                + $"<edgeMap><xCoord>{x}</xCoord><yCoord>1</yCoord></edgeMap></roi>";
        Assert.Throws<AnnotationException>(() => Parse(Message(Session(Nodule("n", roi)))));
    }

    [Fact]
    public void EveryTruncationOfARealFileIsATypedError()
    {
        byte[] file = File.ReadAllBytes(SharedCt.PathOf("lidc-slabs/157_160.xml"));
        for (int length = 0; length < file.Length - 20; length += 997)
            Assert.Throws<AnnotationException>(() => LidcXmlReader.Read(new MemoryStream(file, 0, length), "cut.xml"));
    }

    /// <summary>Two megabytes of comments took 15 s, and the square of it for more.</summary>
    [Theory]
    [InlineData("x<!---->", 250_000)]
    [InlineData("x<![CDATA[]]>", 150_000)]
    [InlineData("x<?a?>", 300_000)]
    public void TextInManyPartsTakesNoTime(string part, int count)
    {
        var began = ProcessorTime.OfThread;
        string xml = Message(Session(Nodule(string.Concat(Enumerable.Repeat(part, count)))));
        var error = Assert.Throws<AnnotationException>(() => Parse(xml));
        Assert.Contains("text of more than", error.Message);
        Assert.InRange(ProcessorTime.OfThread - began, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal("ab", Parse(Message(Session(Nodule("a<!-- x -->b", Roi("1.1", "TRUE", (1, 2)))))).Readers[0].Nodules[0].Id);
    }

    [Fact]
    public void WhatWouldTakeMinutesLaterIsRefusedWhileItIsRead()
    {
        string roi = Roi("1.1", "TRUE", [.. Enumerable.Range(0, 1000).Select(i => (i, i))]), small = Roi("1.1", "TRUE", (1, 1));
        Refused("points", Session(Nodule("a", [.. Enumerable.Repeat(roi, 101)])));
        Refused("outlines", Session(Nodule("a", [.. Enumerable.Repeat(small, 10_001)])));
        Refused("nodules", Session([.. Enumerable.Repeat(Nodule("a"), 2001)]));
        Refused("deep", string.Concat(Enumerable.Repeat("<a>", 20_000)));

        static void Refused(string mention, string sessions) =>
            Assert.Contains(mention, Assert.Throws<AnnotationException>(() => Parse(Message(sessions))).Message);
    }

    [Fact]
    public void DamagedFilesGiveReadingsOrTypedErrors()
    {
        string whole = Message(
            Session(Nodule("a", Roi("1.1", "TRUE", (1, 2), (3, 4), (5, 2)), Roi("1.2", "FALSE", (1, 2))))
            + Session(Nodule("b", Roi("1.1", "TRUE", (7, 8)))));
        string[] pieces =
        [
            "<!-- -->", "<![CDATA[", "]]>", "<roi>", "</roi>", "<edgeMap/>", "&#0;", "&a;", "NaN", "1e999", "-1", "99999999999",
            "<!DOCTYPE a>",
            "\u0000", "\uffff", "<a ", "'", "\"", "<a b='1' b='2'/>",
            new string('<', 300), string.Concat(Enumerable.Repeat("<x>", 300)), new string('x', 131_000),
            $"<{new string('y', 131_000)}/>", $"<roi><imageZposition>{new string('9', 400)}</imageZposition></roi>",
        ];
        int read = 0, refused = 0;
        for (int n = 0; n < 4000; n++)
        {
            var random = new RandomStream(2502).Fork((ulong)n);
            string text = whole;
            for (int i = random.NextInt(3); i >= 0; i--)
            {
                int at = random.NextInt(text.Length), length = Math.Min(random.NextInt(30), text.Length - at);
                text = random.NextInt(4) switch
                {
                    0 => text.Insert(at, pieces[random.NextInt(pieces.Length)]),
                    1 => text.Remove(at, length),
                    2 => text[..at] + pieces[random.NextInt(pieces.Length)] + text[(at + length)..],
                    _ => text.Insert(random.NextInt(text.Length), text.Substring(at, length)),
                };
            }

            try
            {
                var contours = Parse(text).Readers.SelectMany(r => r.Nodules).SelectMany(x => x.Contours);
                Assert.All(contours, c => Assert.True(double.IsFinite(c.Z)));
                read++;
            }
            catch (ScreenerException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                Assert.InRange(error.Message.Length, 10, 13_000);
                refused++;
            }
        }

        Assert.True(read > 20 && refused > 1000, $"{read} read, {refused} refused");
    }
}
