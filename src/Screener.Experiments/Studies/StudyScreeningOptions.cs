using Screener.Errors;
using Screener.Evaluation;
using Screener.Runtime;

namespace Screener.Studies;

/// <summary>How a folder of studies is screened.</summary>
public sealed record StudyScreeningOptions
{
    /// <summary>The model's file.</summary>
    public required string Model { get; init; }

    /// <summary>The method; null means the model's last.</summary>
    public string? Method { get; init; }

    /// <summary>The fraction of a window that the next one covers again; null means the method's own.</summary>
    public double? Overlap { get; init; }

    /// <summary>Which places become findings.</summary>
    public FindingOptions Findings { get; init; } = new();

    /// <summary>Whether the maps are written, too.</summary>
    public bool Maps { get; init; }

    /// <summary>Whether each CT series of a study is screened, not only the one that covers most.</summary>
    public bool EverySeries { get; init; }

    /// <summary>Whether gdcm or dcmtk may unpack a copy of DICOM in a compression that is not read.</summary>
    public bool Convert { get; init; }

    /// <summary>The part of the studies that is screened here; null means all. <see cref="StudyMerge"/> puts parts together.</summary>
    public WorkPart? Part { get; init; }

    /// <summary>Bytes for CTs that are being worked on; 0 means half of the machine's.</summary>
    public long MemoryBudget { get; init; }

    /// <summary>Checks the options.</summary>
    /// <exception cref="OptionException">One is out of range.</exception>
    public void Validate()
    {
        Findings.Validate();
        if (Overlap is { } overlap)
            OptionException.ThrowIfOutside(nameof(Overlap), overlap, 0.0, 0.9);
        OptionException.ThrowIfOutside(nameof(MemoryBudget), MemoryBudget, 0, long.MaxValue);
    }
}
