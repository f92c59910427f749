namespace Screener.Errors;

/// <summary>The tensors of a checkpoint are not those of the network that was asked for. All differences are listed.</summary>
public sealed class StateDictException : TorchFileException
{
    private const int Shown = 12;

    /// <summary>Creates the error.</summary>
    /// <param name="file">The file.</param>
    /// <param name="network">What was asked for, as in "a descriptor network".</param>
    /// <param name="missing">Names that the network needs and the file does not have.</param>
    /// <param name="surplus">Names that the file has and the network does not know.</param>
    /// <param name="misshapen">Names whose tensors have another shape, with both shapes.</param>
    public StateDictException(
        string file, string network, IReadOnlyList<string> missing, IReadOnlyList<string> surplus, IReadOnlyList<string> misshapen)
        : base(
            file, string.Join(
                "; ", new[] { List("missing", missing), List("surplus", surplus), List("of another shape", misshapen) }.Where(
                    l => l.Length > 0)),
            $"the tensors of {network} of the published code", "Name the network that the file holds, or a file of this network.")
    {
        Missing = missing;
        Surplus = surplus;
        Misshapen = misshapen;
    }

    /// <summary>Names that the network needs and the file does not have.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>Names that the file has and the network does not know.</summary>
    public IReadOnlyList<string> Surplus { get; }

    /// <summary>Names whose tensors have another shape, with both shapes.</summary>
    public IReadOnlyList<string> Misshapen { get; }

    private static string List(string kind, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
            return "";
        string more = names.Count > Shown ? $" and {names.Count - Shown} more" : "";
        return $"{names.Count} {kind} ({string.Join(", ", names.Take(Shown))}{more})";
    }
}
