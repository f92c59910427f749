using Screener.Errors;

namespace Screener.Phantoms;

/// <summary>The five cohorts: one to train on without labels, and four to test on that mirror LIDC, MIDRC, KiTS and LiTS.</summary>
public enum PhantomCohort
{
    /// <summary>
    /// Mostly healthy patients; a few per cent carry one of the four diseases. The masks are written but not for training.
    /// </summary>
    Train,

    /// <summary>Every patient has lung nodules.</summary>
    LungNodules,

    /// <summary>Every patient has ground-glass opacities or consolidations.</summary>
    GroundGlass,

    /// <summary>Every patient has kidney tumours.</summary>
    KidneyTumours,

    /// <summary>Every patient has liver tumours.</summary>
    LiverTumours,
}

/// <summary>Names of the cohorts, as folders and options spell them.</summary>
public static class PhantomCohortNames
{
    /// <summary>All cohorts, the training cohort first.</summary>
    public static IReadOnlyList<PhantomCohort> All { get; } = Enum.GetValues<PhantomCohort>();

    /// <summary>The four to test on.</summary>
    public static IReadOnlyList<PhantomCohort> Tests { get; } = [.. All.Where(c => c != PhantomCohort.Train)];

    /// <summary>"train", "lung-nodules", "ground-glass", "kidney-tumours" or "liver-tumours".</summary>
    public static string Name(this PhantomCohort cohort) => cohort switch
    {
        PhantomCohort.Train => "train",
        PhantomCohort.LungNodules => "lung-nodules",
        PhantomCohort.GroundGlass => "ground-glass",
        PhantomCohort.KidneyTumours => "kidney-tumours",
        PhantomCohort.LiverTumours => "liver-tumours",
        _ => throw new OptionException(nameof(cohort), $"{(int)cohort}", "one of the cohorts"),
    };

    /// <summary>The cohort of a name.</summary>
    /// <exception cref="OptionException">There is none of that name.</exception>
    public static PhantomCohort Parse(string name)
    {
        foreach (var cohort in All)
        {
            if (cohort.Name() == name)
                return cohort;
        }

        throw new OptionException("cohort", $"'{name}'", string.Join(", ", All.Select(c => c.Name())), "Choose one of these.");
    }

    internal static Pathology Pathology(this PhantomCohort cohort) => cohort switch
    {
        PhantomCohort.LungNodules => Phantoms.Pathology.LungNodules,
        PhantomCohort.GroundGlass => Phantoms.Pathology.GroundGlass,
        PhantomCohort.KidneyTumours => Phantoms.Pathology.KidneyTumours,
        PhantomCohort.LiverTumours => Phantoms.Pathology.LiverTumours,
        _ => Phantoms.Pathology.None,
    };
}
