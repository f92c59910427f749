using System.Text;
using System.Text.RegularExpressions;

namespace Screener.Kernel.Notebooks;

/// <summary>Data that several outputs of a page have in common, such as a CT in several viewers, stand in it once.</summary>
internal static partial class RepeatedData
{
    private const string Open = "<script type=\"application/json\">", Close = "</script>";

    // Runs where it stands, before what reads the data.
    private const string Fill = "<script>{const j=document.currentScript.previousElementSibling;j.textContent=j.textContent.replace("
        + "/\"@(\\d+) (\\d+) (\\d+)\"/g,(_,n,from,length)=>'\"'+document.querySelector('script[data-n=\"'+n+'\"]').textContent"
        + ".substr(from,length)+'\"')}</script>";

    /// <summary>The page's text, long strings of its JSON replaced by where they stand before.</summary>
    internal static string Once(string html)
    {
        var page = new StringBuilder(html.Length);
        var places = new Dictionary<string, (int Script, int Start)>();
        int written = 0, number = 0;
        for (int start; (start = html.IndexOf(Open, written, StringComparison.Ordinal)) >= 0;)
        {
            int from = start + Open.Length, end = html.IndexOf(Close, from, StringComparison.Ordinal);
            if (end < 0)
                break;
            page.Append(html, written, start - written);
            bool repeats = false;
            string data = html[from..end], once = LongString().Replace(data, match =>
            {
                var (script, at) = places.TryAdd(match.Value, (number, match.Index + 1)) ? (number, 0) : places[match.Value];
                if (script == number)
                    return match.Value;
                repeats = true;
                return $"\"@{script} {at} {match.Length - 2}\"";
            });
            page.Append($"<script type=\"application/json\" data-n=\"{number++}\">").Append(once).Append(Close).Append(repeats ? Fill : "");
            written = end + Close.Length;
        }

        return page.Append(html, written, html.Length - written).ToString();
    }

    [GeneratedRegex("\"(?>[A-Za-z0-9+/=]{20000,})\"")]
    private static partial Regex LongString();
}
