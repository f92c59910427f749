using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Screener.Kernel.Notebooks;

/// <summary>Colours C# for reading: comments, texts, numbers and keywords, nothing finer.</summary>
internal static partial class CSharpColours
{
    /// <summary>The code as HTML.</summary>
    internal static string ToHtml(string code)
    {
        var html = new StringBuilder(code.Length * 2);
        int position = 0;
        foreach (Match match in Tokens().Matches(code))
        {
            html.Append(WebUtility.HtmlEncode(code[position..match.Index]));
            string kind = match.Groups["c"].Success ? "c" : match.Groups["s"].Success ? "s" : match.Groups["n"].Success ? "n" : "k";
            html.Append("<span class=\"").Append(kind).Append("\">").Append(WebUtility.HtmlEncode(match.Value)).Append("</span>");
            position = match.Index + match.Length;
        }

        return html.Append(WebUtility.HtmlEncode(code[position..])).ToString();
    }

    [GeneratedRegex(
        """"
        (?<c>//[^\n]*|/\*.*?(\*/|\z)|^[ \t]*\#[^\n]*)
        |(?<s>\$*(?<q>"{3,}).*?(\k<q>|\z)|(\$@|@\$|@)"(""|[^"])*("|\z)|\$?"(\\.|[^"\\\n])*("|$)|'(\\.|[^'\\\n])'|'\\[^'\n]+')
        |(?<n>\b(0[xX][0-9a-fA-F_]+|\d[\d_]*(\.\d[\d_]*)?([eE][+-]?\d+)?)[a-zA-Z]*\b)
        |\b(abstract|as|async|await|base|bool|break|byte|case|catch|char|checked|class|const|continue|decimal|default|delegate|do|double
        |else|enum|event|explicit
        |extern|false|finally|fixed|float|for|foreach|goto|if|implicit|in|init|int|interface|internal|is|lock|long|nameof|namespace|new
        |not|null|object|operator|or
        |out|override|params|private|protected|public|readonly|record|ref|required|return|sbyte|sealed|short|sizeof|stackalloc|static
        |string|struct|switch|this|throw
        |true|try|typeof|uint|ulong|unchecked|unsafe|ushort|using|var|virtual|void|volatile|when|where|while|with|yield)\b
        """",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Tokens();
}
