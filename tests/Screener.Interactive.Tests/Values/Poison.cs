using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;

namespace Screener.Interactive.Tests.Values;

/// <summary>Copies a value and puts markup into every text that it holds, however deep, so that no field can be forgotten.</summary>
internal static class Poison
{
    /// <summary>Markup that would show, and script that would run.</summary>
    internal const string Markup = "<img src=\"x\" onerror=\"injected()\"></script><script>injected()</script>'\"&amp;$x$";

    /// <summary>The copy, and how many texts were poisoned.</summary>
    /// <param name="keep">Fields that are left as they are, as "Type.Property".</param>
    internal static (object Value, int Texts) Of(object value, params string[] keep)
    {
        var copies = new Dictionary<object, object>(ReferenceEqualityComparer.Instance);
        int texts = 0;
        return (Copy(value)!, texts);

        object? Copy(object? original)
        {
            switch (original)
            {
                case null or Type or Delegate or torch.Tensor or torch.nn.Module or Lock or Pointer:
                    return original;
                case string text:
                    texts++;
                    return text + Markup;
            }

            var type = original.GetType();
            if (type.IsPrimitive || type.IsEnum || type.IsPointer || !MayHoldText(type))
                return original;
            if (!type.IsValueType && copies.TryGetValue(original, out object? known))
                return known;
            if (original is Array array)
                return CopyArray(array);
            if (original is IDictionary dictionary && type.IsGenericType)
                return CopyDictionary(dictionary, type);

            object copy = RuntimeHelpers.GetUninitializedObject(type);
            if (!type.IsValueType)
                copies[original] = copy;
            for (var level = type; level is not null; level = level.BaseType)
            {
                foreach (var field in level.GetFields(
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly).Where(
                        f => !f.FieldType.IsPointer))
                    field.SetValue(
                        copy, keep.Any(k => field.Name == $"<{k}>k__BackingField")
                            ? field.GetValue(original)
                            : Copy(field.GetValue(original)));
            }

            return copy;
        }

        Array CopyArray(Array array)
        {
            var element = array.GetType().GetElementType()!;
            if (element.IsPrimitive || element.IsEnum)
                return array;
            var copy = Array.CreateInstance(element, array.Length);
            for (int i = 0; i < array.Length; i++)
                copy.SetValue(Copy(array.GetValue(i)), i);
            return copy;
        }

        // A dictionary's inside holds the hashes of its keys.
        object CopyDictionary(IDictionary dictionary, Type type)
        {
            var copy = (IDictionary)Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(type.GetGenericArguments()))!;
            foreach (DictionaryEntry entry in dictionary)
                copy[Copy(entry.Key)!] = Copy(entry.Value);
            return copy;
        }
    }

    // Ours, tuples, and collections; not the inside of the runtime.
    private static bool MayHoldText(Type type) =>
        type.IsArray || type.Namespace?.StartsWith("Screener", StringComparison.Ordinal) == true
            || type.Namespace is "System.Collections.Generic" || type.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal)
        || type.FullName.StartsWith("System.Nullable", StringComparison.Ordinal)
        || type.FullName.StartsWith("System.Collections.Immutable.ImmutableArray", StringComparison.Ordinal)
        || typeof(IList).IsAssignableFrom(type)
        || type.Name.StartsWith("<>z__ReadOnly", StringComparison.Ordinal);
}
