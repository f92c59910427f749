using System.Text.Json;
using Screener.Errors;

namespace Screener.Tests;

/// <summary>Text of strangers on a terminal.</summary>
public sealed class PrintableTextTests
{
    [Theory]
    [InlineData("plain ÄÖ 胸部 😀 text", "plain ÄÖ 胸部 😀 text")]
    [InlineData("over\rwritten", "over written")]
    [InlineData("two\r\nlines\tand", "two  lines and")]
    [InlineData("\u001b[31mred\a", " [31mred ")]
    [InlineData("\u009b31mred", " 31mred")]
    [InlineData("ct\u202Egpj.exe", "ct gpj.exe")]
    [InlineData("a\u200Fb\u2066c\u2069d\u061Ce", "a b c d e")]
    [InlineData("zero\u200Bwidth\uFEFF", "zero width ")]
    [InlineData("next\u2028line\u0085end", "next line end")]
    [InlineData("tag\U000E0041s", "tag s")]
    public void LineHasNothingThatSteersOrHides(string text, string expected) => Assert.Equal(expected, PrintableText.Line(text));

    [Theory]
    [InlineData("two\r\nlines\tand\nthree", "two\r\nlines\tand\nthree")]
    [InlineData("over\rwritten\r", "over written ")]
    [InlineData("a\u202Eb\n", "a b\n")]
    public void LinesKeepTheirEnds(string text, string expected) => Assert.Equal(expected, PrintableText.Lines(text));

    [Fact]
    public void HalfACharacterIsReplaced() => Assert.Equal("half\uFFFD!", PrintableText.Line("half" + '\uD800' + "!"));

    [Fact]
    public void JsonKeepsItsValue()
    {
        string json = PrintableText.Json("{\"name\":\"ct\u202Egpj 胸部 \U000E0041\"}");
        Assert.DoesNotContain(json, c => c is '\u202E' or '\uDB40');
        Assert.Equal("ct\u202Egpj 胸部 \U000E0041", JsonDocument.Parse(json).RootElement.GetProperty("name").GetString());
    }

    [Fact]
    public void ErrorsAreOnePrintableLine() =>
        Assert.Equal("a b: c d; expected e f. g", new VolumeFormatException("a\rb", "c\u202Ed", "e\nf", "g").Message);
}
