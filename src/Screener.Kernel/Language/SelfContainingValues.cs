using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.DotNet.Interactive.Formatting;

namespace Screener.Kernel.Language;

/// <summary>
/// Shows a collection that contains itself as a sentence: the engine would follow it until the stack is gone, and the process with it.
/// </summary>
internal static class SelfContainingValues
{
    private const BindingFlags Hidden = BindingFlags.NonPublic | BindingFlags.Static;

    private static readonly ConcurrentDictionary<(Type, string), ITypeFormatter> Defaults = new();
    private static readonly MethodInfo Find = typeof(Formatter).GetMethod("TryFindPreferredFormatter", Hidden)!;
    private static readonly FieldInfo Table = typeof(Formatter).GetField("_defaultTypeFormatters", Hidden)!;

    /// <summary>Registers the formatters, once for the process.</summary>
    internal static void Register()
    {
        if (Formatter.RegisteredFormatters(includeDefaults: false).Any(f => f.Type == typeof(IList)))
            return;
        foreach (string mimeType in (string[])[HtmlFormatter.MimeType, PlainTextFormatter.MimeType])
            Formatter.Register(typeof(IList), (value, context) => Format(value, context, mimeType), mimeType);
    }

    private static bool Format(object value, FormatContext context, string mimeType)
    {
        if (value is IList list && Contains(list, new(ReferenceEqualityComparer.Instance)))
        {
            context.Writer.Write($"{value.GetType().Name}: a collection that contains itself");
            return true;
        }

        return Defaults.GetOrAdd((value.GetType(), mimeType), DefaultFor).Format(value, context);
    }

    private static ITypeFormatter DefaultFor((Type Type, string MimeType) key) =>
        (ITypeFormatter)Find.Invoke(null, [key.Type, key.MimeType, Table.GetValue(null)])!;

    // Whether a collection on the way down is met again; elements that cannot be collections are not looked at.
    private static bool Contains(IList list, HashSet<object> above)
    {
        if (list.GetType().GetElementType() is { IsValueType: true } || list.GetType().GenericTypeArguments is [{ IsValueType: true }])
            return false;
        if (!above.Add(list) || above.Count > 1000)
            return true;
        bool found = list.Cast<object?>().OfType<IList>().Any(inner => Contains(inner, above));
        above.Remove(list);
        return found;
    }
}
