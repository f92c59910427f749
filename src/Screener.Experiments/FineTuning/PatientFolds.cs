using Screener.Errors;
using Screener.Randomness;

namespace Screener.FineTuning;

/// <summary>One part of the patients to test on, and the cases of the others, in the order in which they are labelled.</summary>
/// <param name="Tested">Cases, by their place in the cohort, ascending.</param>
/// <param name="Others">Cases of other patients.</param>
public sealed record PatientFold(IReadOnlyList<int> Tested, IReadOnlyList<int> Others);

/// <summary>Divides cases into parts by patient: no patient is trained and tested on.</summary>
public static class PatientFolds
{
    /// <summary>The parts.</summary>
    /// <param name="patients">Whose each case is.</param>
    /// <param name="folds">How many parts; they differ by one patient at most.</param>
    /// <param name="most">The most cases that must be left beside any part.</param>
    /// <param name="random">Draws who is in which.</param>
    /// <exception cref="OptionException">There are fewer patients than parts, or too few cases beside one.</exception>
    public static IReadOnlyList<PatientFold> Of(IReadOnlyList<string> patients, int folds, int most, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(patients);
        ArgumentNullException.ThrowIfNull(random);
        string[] drawn = [.. patients.Distinct()];
        random.Fork("patients").Shuffle<string>(drawn);
        if (drawn.Length < folds)
            throw new OptionException(
                nameof(folds), $"{folds} for {drawn.Length} patients with lesions", "at least one patient for each", "Take fewer folds.");
        var made = new List<PatientFold>();
        for (int fold = 0; fold < folds; fold++)
        {
            var tested = drawn.Where((_, i) => i % folds == fold).ToHashSet();
            int[] cases = [.. Enumerable.Range(0, patients.Count)];
            int[] others = [.. cases.Where(i => !tested.Contains(patients[i]))];
            random.Fork("labelled").Fork((ulong)fold).Shuffle<int>(others);
            if (others.Length < most)
                throw new OptionException(
                    "labelled", $"{most} of {others.Length} cases beside those of fold {fold + 1}", $"at most {others.Length}",
                    "Label fewer, tune thresholds on fewer, take more folds or name more cases.");
            made.Add(new PatientFold([.. cases.Where(i => tested.Contains(patients[i]))], others));
        }

        return made;
    }
}
