using System.Net;
using System.Text;
using Screener.Evaluation;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Studies;

/// <summary>The page of many screened CTs: a small picture of each, the highest score first, and what was refused.</summary>
internal static class StudyIndex
{
    private const int Width = 360, Height = 180;

    /// <summary>Puts the page together. Its pictures lie in the folders beside it, and are loaded as they come into view.</summary>
    /// <param name="method">What made the maps.</param>
    /// <param name="recipe">Equal for equal models and options.</param>
    /// <param name="cts">The screened CTs, highest score first; read once.</param>
    /// <param name="screened">How many they are.</param>
    /// <param name="refused">Names and reasons.</param>
    /// <param name="passedOver">Files and series that are no CT to screen.</param>
    internal static Document Of(
        string method, string recipe, IEnumerable<CtRecord> cts, int screened, IReadOnlyList<(string Name, string Reason)> refused,
        int passedOver)
    {
        var gallery = new StringBuilder("<div class=\"row\">");
        foreach (var ct in cts)
            Append(gallery, ct);
        gallery.Append("</div>");
        var found = new SectionPart(
            "Screened",
            "An axial slice through the highest score, without and with the map, the patient's right on the left. The highest score comes "
            + "first. A high score says that a place looks unlike what the model expects there, not that it is ill.",
            new MarkupPart(gallery.ToString()));
        var rejected = new SectionPart("Refused", "", TablePart.Of(["CT", "Why"], refused, r => [r.Name, r.Reason]));
        return new Document(
            Invariant($"{screened} CTs screened"), "",
            [
                new FactsPart(
                    ("Method", method), ("Model and options", recipe), ("Screened", Invariant($"{screened}")),
                    ("Refused", Invariant($"{refused.Count}")), ("Passed over, no CT to screen", Invariant($"{passedOver}"))),
                .. screened > 0 ? [found] : Array.Empty<DocumentPart>(), .. refused.Count > 0 ? [rejected] : Array.Empty<DocumentPart>(),
            ])
        {
            HasFilesBeside = true,
        };
    }

    private static void Append(StringBuilder html, CtRecord ct)
    {
        string picture = WebUtility.HtmlEncode($"{ct.Name}/{ct.Picture}"), name = WebUtility.HtmlEncode(ct.Name);
        html.Append(Invariant($"\n<figure style=\"width:{Width}px\"><a href=\"{picture}\"><img loading=\"lazy\" width=\"{Width}\" "))
            .Append(Invariant($"height=\"{Height}\" style=\"object-fit:contain;width:{Width}px;height:{Height}px\" alt=\"{name}\" "))
            .Append(Invariant($"src=\"{picture}\"/></a><figcaption><b>{name}</b><br/>{WebUtility.HtmlEncode(Caption(ct))}"))
            .Append("</figcaption></figure>");
    }

    private static string Caption(CtRecord ct)
    {
        var findings = ct.Findings!;
        string list = findings.List.Count == 0 ? "no finding" : Invariant($"{findings.Regions} ")
            + (findings.Regions == 1 ? "finding; " : "findings; ") + FindingPictures.Caption(1, findings.List[0]);
        return Invariant($"highest {ct.Scores!.Highest:0.00}, {list}");
    }
}
