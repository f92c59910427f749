namespace Screener.Runtime;

/// <summary>
/// Tells a .NET notebook who formats a type. .NET Interactive finds this attribute by its name and that of its property, so
/// that the library needs no reference to it.
/// </summary>
/// <param name="formatterSourceType">A type with a parameterless constructor and CreateTypeFormatters().</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    /// <summary>Looked up by name.</summary>
    public Type FormatterSourceType { get; } = formatterSourceType;
}
