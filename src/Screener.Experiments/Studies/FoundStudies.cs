using Screener.Storage;

namespace Screener.Studies;

/// <summary>CTs of which one is to be screened: those of one study; any other CT is alone.</summary>
/// <param name="Candidates">The best first; the next one's turn comes if one is refused.</param>
internal sealed record FoundStudy(params IReadOnlyList<CtSource> Candidates);

/// <summary>What is no CT to screen, and why.</summary>
/// <param name="Source">The file or series.</param>
/// <param name="Reason">Why.</param>
internal sealed record PassedOver(string Source, string Reason);

/// <summary>What lies in folders.</summary>
/// <param name="Studies">In the order of their paths.</param>
/// <param name="PassedOver">What else does.</param>
internal sealed record FoundStudies(IReadOnlyList<FoundStudy> Studies, IReadOnlyList<PassedOver> PassedOver)
{
    /// <summary>Equal as long as the same studies with the same files are found.</summary>
    internal string Key => ContentKey.Of(Studies.Select(s => s.Candidates.Select(c => new { c.Name, c.Stamp })));
}
