using System.Security.Cryptography;
using System.Text.Json;
using Screener.Errors;

namespace Screener.Storage;

/// <summary>Names of things by what they are made of: equal for equal content, different otherwise.</summary>
internal static class ContentKey
{
    /// <summary>
    /// What made the numbers, part of the keys of maps and results: the version of torch, and a number to raise with every change of this
    /// library that gives other numbers from the same options. What is kept from before then counts as absent.
    /// </summary>
    internal static string Arithmetic { get; } = $"3 {LibraryVersions.All()["torchSharp"]}";

    /// <summary>The key of options and other keys: 32 hexadecimal digits.</summary>
    internal static string Of<T>(T content) => Convert.ToHexStringLower(
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(content, StoredJson.Compact)).AsSpan(0, 16));

    /// <summary>The key of a file's bytes; null if there is no file.</summary>
    /// <exception cref="MissingInputException">It cannot be read.</exception>
    internal static string? OfFile(string path)
    {
        if (!File.Exists(path))
            return null;
        return InputFile.Reading(path, "a file that can be read", "Check its permissions.", () =>
        {
            using var stream = InputFile.Open(path);
            return Convert.ToHexStringLower(SHA256.HashData(stream).AsSpan(0, 16));
        });
    }
}
