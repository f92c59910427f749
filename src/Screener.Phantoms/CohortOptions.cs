using Screener.Errors;
using Screener.Randomness;

namespace Screener.Phantoms;

/// <summary>Which phantom patients make up a cohort.</summary>
public sealed record CohortOptions
{
    /// <summary>Which of the five cohorts.</summary>
    public required PhantomCohort Cohort { get; init; }

    /// <summary>The number of patients. Case n is the same patient whatever the number.</summary>
    public int Cases { get; init; } = 8;

    /// <summary>The seed of the whole study: cohorts of one seed share no patient.</summary>
    public ulong Seed { get; init; } = 2502;

    /// <summary>
    /// The diseased fraction of the training cohort; without meaning for the others. One patient falls ill in every block of 1 /
    /// prevalence.
    /// </summary>
    public double Prevalence { get; init; } = 0.04;

    /// <summary>How the patients are scanned.</summary>
    public PhantomOptions Phantom { get; init; } = PhantomOptions.Default;

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionException">A field is out of its range.</exception>
    public void Validate()
    {
        _ = Cohort.Name();
        OptionException.ThrowIfOutside(nameof(Cases), Cases, 1, 100_000);
        OptionException.ThrowIfOutside(nameof(Prevalence), Prevalence, 0.0, 1.0);
        Phantom.Validate();
    }

    /// <summary>The seed and the disease of case <paramref name="index"/>.</summary>
    public (ulong Seed, Pathology Pathology) Patient(int index)
    {
        var stream = new RandomStream(Seed).Fork(Cohort.Name());
        ulong seed = stream.ForkSeed((ulong)index);
        if (Cohort != PhantomCohort.Train)
            return (seed, Cohort.Pathology());
        if (Prevalence <= 0)
            return (seed, Pathology.None);

        // Blocks keep the fraction exact in a small cohort too, and do not depend on its size.
        int block = (int)Math.Round(1 / Prevalence), number = index / block;
        var draw = stream.Fork("diseased").Fork((ulong)number);
        if (draw.NextInt(block) != index % block)
            return (seed, Pathology.None);
        // Every four blocks see each disease once, in an order of their own.
        var order = stream.Fork("diseases").Fork((ulong)(number / 4));
        Pathology[] diseases = [Pathology.LungNodules, Pathology.GroundGlass, Pathology.KidneyTumours, Pathology.LiverTumours];
        order.Shuffle<Pathology>(diseases);
        return (seed, diseases[number % 4]);
    }
}
