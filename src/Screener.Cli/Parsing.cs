using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Screener.Imaging;

namespace Screener.Cli;

/// <summary>Options whose mistakes are explained in the words of the command line.</summary>
internal static class Parsing
{
    /// <summary>An option that takes a text, such as a path; null where it is not given.</summary>
    internal static Option<string?> Text(string name, string helpName, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = helpName };

    /// <summary>An option that must be given.</summary>
    internal static Option<string> Required(string name, string helpName, string description, params string[] aliases) =>
        new(name, aliases) { Description = description, HelpName = helpName, Required = true };

    /// <summary>An option that takes a whole number.</summary>
    internal static Option<T> Whole<T>(string name, string helpName, T fallback, string description)
        where T : struct, IBinaryInteger<T> => new(name)
        {
            Description = description,
            HelpName = helpName,
            DefaultValueFactory = _ => fallback,
            CustomParser = result =>
            {
                if (T.TryParse(result.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
                    return value;
                result.AddError(
                    $"{name}: '{result.Tokens[0].Value}'; expected a whole number{(T.IsNegative(T.Zero - T.One) ? "" : " of 0 or more")}.");
                return default;
            },
        };

    /// <summary>An option that takes three whole numbers, along D, H and W.</summary>
    internal static Option<VolumeShape?> Box(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "D,H,W",
        CustomParser = result =>
        {
            string[] parts = result.Tokens[0].Value.Split(',');
            var lengths = new int[3];
            for (int axis = 0; axis < 3; axis++)
            {
                if (parts.Length != 3 || !int.TryParse(parts[axis], NumberStyles.None, CultureInfo.InvariantCulture, out lengths[axis])
                    || lengths[axis] == 0)
                {
                    result.AddError(
                        $"{name}: '{result.Tokens[0].Value}'; expected three whole numbers of 1 or more with commas, as in 2,3,3.");
                    return null;
                }
            }

            return new VolumeShape(lengths[0], lengths[1], lengths[2]);
        },
    };

    /// <summary>The overlap of windows.</summary>
    /// <param name="whose">Whose is taken if the option is not given.</param>
    internal static Option<double?> Overlap(string whose) => Number(
        "--overlap", "fraction", $"The fraction of a window that the next one covers again, 0 to 0.9: more is smoother and slower. {whose} "
        + "if not given: 0.5, of an ensemble what it was calibrated with, of a distilled network what it was distilled with.");

    /// <summary>An option that takes a number; null where it is not given.</summary>
    internal static Option<double?> Number(string name, string helpName, string description) => new(name)
    {
        Description = description, HelpName = helpName, CustomParser = result => NumberOf(name, result),
    };

    /// <summary>An option that takes a number.</summary>
    internal static Option<double> Number(string name, string helpName, double fallback, string description) => new(name)
    {
        Description = description, HelpName = helpName, DefaultValueFactory = _ => fallback,
        CustomParser = result => NumberOf(name, result) ?? fallback,
    };

    /// <summary>The option that picks one of several DICOM series.</summary>
    internal static Option<string?> Series() => new("--series")
    {
        Description = "The SeriesInstanceUID, where there are several DICOM series; 'all' reads the CT images of one study as one series.",
        HelpName = "uid",
    };

    /// <summary>Whether compressed DICOM may be unpacked by other programs.</summary>
    internal static Option<bool> Convert() => new("--convert")
    {
        Description = "Let gdcmconv, dcmdjpls or dcmdjpeg, where installed, unpack a temporary copy of DICOM in JPEG 2000, JPEG-LS or "
            + "JPEG.",
    };

    /// <summary>An option that takes one of a few words; the first is the default.</summary>
    internal static Option<string> OneOf(string name, string helpName, string description, params string[] words) => new(name)
    {
        Description = $"{description}: {string.Join(", ", words)}.",
        HelpName = helpName,
        DefaultValueFactory = _ => words[0],
        CustomParser = result =>
        {
            string word = result.Tokens[0].Value;
            if (!words.Contains(word))
                result.AddError($"{name}: '{word}'; expected {string.Join(", ", words[..^1])} or {words[^1]}.");
            return word;
        },
    };

    private static double? NumberOf(string name, ArgumentResult result)
    {
        if (double.TryParse(result.Tokens[0].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            return value;
        result.AddError($"{name}: '{result.Tokens[0].Value}'; expected a number, as 0.25.");
        return null;
    }
}
