namespace Screener.Kernel.Server;

/// <summary>The protocol counts Unicode characters, C# counts UTF-16 units; they differ behind characters such as emoji.</summary>
internal static class CursorPosition
{
    /// <summary>The UTF-16 position of a position in characters; the end of the text for one behind it.</summary>
    internal static int ToUtf16(string text, int characters)
    {
        int position = 0;
        for (; characters > 0 && position < text.Length; characters--)
            position += IsPair(text, position) ? 2 : 1;
        return position;
    }

    /// <summary>The position in characters of a UTF-16 position.</summary>
    internal static int ToCharacters(string text, int utf16)
    {
        int characters = 0;
        for (int position = 0; position < Math.Min(utf16, text.Length); characters++)
            position += IsPair(text, position) ? 2 : 1;
        return characters;
    }

    private static bool IsPair(string text, int position) =>
        position + 1 < text.Length && char.IsSurrogatePair(text[position], text[position + 1]);
}
