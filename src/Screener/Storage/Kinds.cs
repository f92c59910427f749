using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Screener.Errors;

namespace Screener.Storage;

/// <summary>
/// What describes itself: a record of options whose name stands in files for its class. A new kind is one class with a name of its own
/// and a constructor without parameters, wherever it is written.
/// </summary>
/// <typeparam name="TSelf">What it is a kind of.</typeparam>
public interface IKind<TSelf>
    where TSelf : class, IKind<TSelf>
{
    /// <summary>The name in files, on command lines and in reports: small letters and dashes.</summary>
    string Name { get; }

    /// <summary>What earlier files call it; null where that is the name, dashes and capitals aside.</summary>
    string? FormerName { get; }

    /// <summary>Checks the options.</summary>
    void Validate();

    /// <summary>Stands for a kind that no class of this program has, so that reports can name it; it cannot be used.</summary>
    static abstract TSelf Unknown(string name, JsonObject options);
}

/// <summary>A kind that no class of this program has.</summary>
internal interface IUnknownKind
{
    /// <summary>What the file says of it.</summary>
    JsonObject Options { get; }
}

/// <summary>The kinds of something.</summary>
/// <typeparam name="T">What they are kinds of.</typeparam>
public static class Kinds<T>
    where T : class, IKind<T>
{
    /// <summary>Those of the library, with their defaults.</summary>
    public static IReadOnlyList<T> OfLibrary { get; } = [.. In(typeof(T).Assembly).OrderBy(k => k.Name, StringComparer.Ordinal)];

    /// <summary>The kind of a name with its defaults: the library's, or the one that was loaded last; null if there is none.</summary>
    internal static T? Find(string name) => OfLibrary.FirstOrDefault(Is(name))
        ?? AppDomain.CurrentDomain.GetAssemblies().Reverse().Where(RefersHere).SelectMany(In).FirstOrDefault(Is(name));

    /// <summary>The kind of a name with its defaults.</summary>
    /// <exception cref="OptionException">There is none.</exception>
    public static T Named(string name, string subject) => Find(name)
        ?? throw new OptionException(subject, $"'{name}'", string.Join(", ", OfLibrary.Select(k => k.Name)));

    /// <summary>True if all options of a kind are its defaults; lists are compared by what is in them.</summary>
    internal static bool IsDefault(T kind) => Find(kind.Name) is { } known && known.GetType() == kind.GetType()
        && JsonElement.DeepEquals(Members(known), Members(kind));

    /// <summary>Checks a kind's options, and that a file can name it.</summary>
    /// <exception cref="OptionException">An option is wrong, or a file that names the kind could not be read.</exception>
    internal static void Validate(T kind)
    {
        kind.Validate();
        if (OfLibrary.FirstOrDefault(Is(kind.Name)) is { } other && other.GetType() != kind.GetType())
            throw new OptionException(kind.GetType().Name, $"the name '{kind.Name}'", "a name of its own", "The library has one of it.");
        if (kind.GetType().GetConstructor(Type.EmptyTypes) is null)
            throw new OptionException(
                kind.GetType().Name, "no constructor without parameters", "one, and options as properties that can be set",
                "Files are read by it.");
    }

    /// <summary>The kind with what <paramref name="changes"/> names replaced.</summary>
    /// <exception cref="JsonException">A name is no option, or a value does not fit; the message names it.</exception>
    public static T Over(T basis, JsonObject changes) => (T)StoredJson.Over(basis, basis.GetType(), changes, KindConverter<T>.Settings);

    /// <summary>All options of a kind, without its name.</summary>
    public static JsonElement Members(T kind) => JsonSerializer.SerializeToElement(kind, kind.GetType(), KindConverter<T>.Settings);

    private static bool RefersHere(Assembly assembly) => !assembly.IsDynamic && assembly != typeof(T).Assembly
        && assembly.GetReferencedAssemblies().Any(r => r.Name == typeof(T).Assembly.GetName().Name);

    private static IEnumerable<T> In(Assembly assembly) => assembly.GetTypes()
        .Where(t => t.IsAssignableTo(typeof(T)) && !t.IsAbstract && t.GetConstructor(Type.EmptyTypes) is not null)
        .Select(t => (T)Activator.CreateInstance(t)!);

    private static Func<T, bool> Is(string name) => kind =>
        Plain(kind.Name) == Plain(name) || (kind.FormerName is { } former && Plain(former) == Plain(name));

    // Earlier files write SinCos for sin-cos.
    private static string Plain(string name) => name.Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
}

/// <summary>A kind as JSON: its name where all options are its defaults, otherwise its name as "kind" with its options.</summary>
/// <typeparam name="T">What it is a kind of.</typeparam>
internal sealed class KindConverter<T> : JsonConverter<T>
    where T : class, IKind<T>
{
    private const string Kind = "kind";

    // What a kind says of itself is no option.
    internal static readonly JsonSerializerOptions Settings = new(StoredJson.Settings) { IgnoreReadOnlyProperties = true };

    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var given = JsonSerializer.Deserialize<JsonElement>(ref reader, options);
        if (given.ValueKind == JsonValueKind.String)
            return Kinds<T>.Find(given.GetString()!) ?? T.Unknown(given.GetString()!, []);
        if (given.ValueKind != JsonValueKind.Object || !given.TryGetProperty(Kind, out var kind) || kind.ValueKind != JsonValueKind.String)
            throw new JsonException($"{given.ValueKind} in place of a kind's name, or of an object with it as '{Kind}'");
        var members = JsonObject.Create(given)!;
        members.Remove(Kind);
        return Kinds<T>.Find(kind.GetString()!) is { } known
            ? (T)members.Deserialize(known.GetType(), Settings)!
            : T.Unknown(kind.GetString()!, members);
    }

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options)
    {
        var members = value is IUnknownKind unknown
            ? unknown.Options.DeepClone().AsObject()
            : JsonSerializer.SerializeToNode(value, value.GetType(), Settings)!.AsObject();
        if (members.Count == 0 || (value is not IUnknownKind && Kinds<T>.IsDefault(value)))
        {
            writer.WriteStringValue(value.Name);
            return;
        }

        members.Insert(0, Kind, value.Name);
        members.WriteTo(writer, options);
    }
}
