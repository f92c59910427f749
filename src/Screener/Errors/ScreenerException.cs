namespace Screener.Errors;

/// <summary>The base of every error that Screener raises on purpose: what is wrong, with what, what was expected, what to do.</summary>
/// <remarks>
/// <see cref="Exception.Message"/> is one line, fit to be shown to a user as it is. Anything else that escapes the library is a defect of
/// the library.
/// </remarks>
public abstract class ScreenerException : Exception
{
    private const int LongestPart = 3000;

    /// <summary>Creates the error.</summary>
    /// <param name="subject">The file, folder, option or object that is at fault.</param>
    /// <param name="found">What was found there.</param>
    /// <param name="expected">What was expected instead.</param>
    /// <param name="remedy">What the user can do; a whole sentence.</param>
    /// <param name="inner">The cause, if another exception was.</param>
    protected ScreenerException(string subject, string found, string expected, string remedy, Exception? inner = null)
        : base(PrintableText.Line($"{Short(subject)}: {Short(found)}; expected {Short(expected)}. {Short(remedy)}"), inner)
    {
        Subject = Short(subject);
        Found = Short(found);
        Expected = Short(expected);
        Remedy = Short(remedy);
    }

    /// <summary>The file, folder, option or object that is at fault.</summary>
    public string Subject { get; }

    /// <summary>What was found.</summary>
    public string Found { get; }

    /// <summary>What was expected instead.</summary>
    public string Expected { get; }

    /// <summary>What the user can do about it.</summary>
    public string Remedy { get; }

    // File content may end up in a message: a name of a megabyte is shown by its beginning and its end.
    private static string Short(string text) => text.Length <= LongestPart
        ? text
        : $"{text[..(LongestPart / 2)]} ... {text[^(LongestPart / 2)..]}";
}
