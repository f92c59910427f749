using System.Globalization;
using System.Text;

namespace Screener.Imaging.Dicom;

/// <summary>Decodes text by the file's Specific Character Set (0008,0005): PS3.3 C.12.1.1.2, PS3.5 6.1.2 and its annexes H to K.</summary>
internal static class SpecificCharacterSet
{
    private const int Ascii = 20127, Latin1 = 28591, Utf8 = 65001, Gb18030 = 54936;
    private const int ShiftJis = 932, Simplified = 936, Korean = 949, EucJapanese = 51932, EucJapanese0212 = 20932;
    private const byte Escape = 0x1B;

    // The numbers of the defined terms "ISO_IR n" and "ISO 2022 IR n", and the code page that reads their bytes.
    private static readonly Dictionary<int, int> CodePages = new()
    {
        [6] = Ascii, [13] = ShiftJis, [58] = Simplified, [87] = Ascii, [100] = Latin1, [101] = 28592, [109] = 28593, [110] = 28594,
        [126] = 28597,
        [127] = 28596, [138] = 28598, [144] = 28595, [148] = 28599, [149] = Korean, [159] = Ascii, [166] = 874, [192] = Utf8, [203] = 28605,
    };

    // What follows ESC, and what the bytes below or from 80 (hex) on then mean.
    private static readonly (string Sequence, bool IsHigh, int CodePage)[] Escapes =
    [
        ("(B", false, Ascii), ("(J", false, Ascii), (")I", true, ShiftJis), ("$B", false, EucJapanese), ("$@", false, EucJapanese),
        ("$(D", false, EucJapanese0212), ("$)C", true, Korean), ("$)A", true, Simplified), ("-A", true, Latin1), ("-B", true, 28592),
        ("-C", true, 28593),
        ("-D", true, 28594), ("-F", true, 28597), ("-G", true, 28596), ("-H", true, 28598), ("-L", true, 28595), ("-M", true, 28599),
        ("-T", true, 874),
        ("-b", true, 28605),
    ];

    /// <summary>Decodes a text. Bytes that its character set does not have become U+FFFD; a set that is not declared or not known is
    /// guessed.</summary>
    /// <param name="text">The value.</param>
    /// <param name="declared">The value of (0008,0005); null if absent.</param>
    public static string Decode(ReadOnlySpan<byte> text, ReadOnlySpan<byte> declared)
    {
        if (!text.ContainsAnyExceptInRange((byte)0, (byte)127) && !text.Contains(Escape))
            return Encoding.ASCII.GetString(text);
        var pages = Encoding.Latin1.GetString(declared).ToUpperInvariant().Split('\\').Select(term => CodePageOf(term.Trim(' ', '\0')));
        int initial = pages.FirstOrDefault(page => page is not (null or Ascii)) ?? Guess(text);
        return text.Contains(Escape) ? DecodeWithEscapes(text, initial) : EncodingOf(initial).GetString(text);
    }

    private static int? CodePageOf(string term)
    {
        if (term.Contains("GB18030", StringComparison.Ordinal))
            return Gb18030;
        if (term.StartsWith("GB", StringComparison.Ordinal))
            return Simplified;
        if (term.StartsWith("UTF", StringComparison.Ordinal))
            return Utf8;
        // Writers spell the terms in their own way: ISO_IR 100, ISO-IR-100, ISO IR 100.
        int at = term.IndexOf("IR", StringComparison.Ordinal);
        string number = at < 0 ? "" : term[(at + 2)..].Trim(' ', '_', '-');
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int n) && CodePages.TryGetValue(n, out int page)
            ? page : null;
    }

    private static int Guess(ReadOnlySpan<byte> text) => System.Text.Unicode.Utf8.IsValid(text) ? Utf8 : Latin1;

    private static string DecodeWithEscapes(ReadOnlySpan<byte> text, int initial)
    {
        var decoded = new StringBuilder();
        var run = new List<byte>();
        int low = Ascii, high = initial, current = Ascii;
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == Escape)
            {
                var (sequence, isHigh, page) = EscapeAt(text[(i + 1)..]);
                if (sequence.Length > 0)
                {
                    if (isHigh)
                        high = page;
                    else
                        low = page;
                    i += sequence.Length;
                    continue;
                }
            }

            // The ends of lines and values set everything back.
            if (text[i] is (byte)'\r' or (byte)'\n' or (byte)'\f' or (byte)'\t')
                (low, high) = (Ascii, initial);
            int wanted = text[i] < 0x21 ? Ascii : text[i] < 0x80 ? low : high;
            if (wanted != current)
                Flush();
            current = wanted;
            run.Add(text[i]);
        }

        Flush();
        return decoded.ToString();

        void Flush()
        {
            decoded.Append(EncodingOf(current).GetString(current switch
            {
                // The sets of Japan have seven bits in DICOM, eight in EUC; code page 20932 has the eighth in the first byte alone.
                EucJapanese => [.. run.Select(b => (byte)(b | 0x80))],
                EucJapanese0212 => [.. run.Select((b, i) => i % 2 == 0 ? (byte)(b | 0x80) : b)],
                _ => [.. run],
            }));
            run.Clear();
        }
    }

    private static (string Sequence, bool IsHigh, int CodePage) EscapeAt(ReadOnlySpan<byte> rest)
    {
        foreach (var escape in Escapes)
        {
            if (rest.StartsWith(Encoding.ASCII.GetBytes(escape.Sequence)))
                return escape;
        }

        return ("", false, Ascii);
    }

    private static Encoding EncodingOf(int codePage) =>
        CodePagesEncodingProvider.Instance.GetEncoding(codePage) ?? Encoding.GetEncoding(codePage);
}
