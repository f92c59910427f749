using Screener.Randomness;

namespace Screener.Phantoms;

/// <summary>What makes one phantom patient differ from another, apart from disease.</summary>
public sealed record PatientTraits
{
    /// <summary>True for a female body.</summary>
    public required bool Female { get; init; }

    /// <summary>Age in years, 25 to 88: bone density, calcified vessels, degenerative spine.</summary>
    public required int Age { get; init; }

    /// <summary>Length of the trunk relative to the average, 0.9 to 1.1.</summary>
    public required float TrunkLength { get; init; }

    /// <summary>Width of the bony trunk relative to the average, 0.9 to 1.1.</summary>
    public required float TrunkWidth { get; init; }

    /// <summary>Fat under the skin at the flank, mm.</summary>
    public required float SubcutaneousFat { get; init; }

    /// <summary>Fat between the abdominal organs, 0 (lean) to 1 (much).</summary>
    public required float VisceralFat { get; init; }

    /// <summary>Muscle bulk relative to the average, 0.75 to 1.2.</summary>
    public required float Muscle { get; init; }

    /// <summary>Breath held in at the time of the scan, 0 (out) to 1 (full).</summary>
    public required float Breath { get; init; }

    /// <summary>Fat inside of the liver, HU below normal, 0 to 35.</summary>
    public required float LiverFat { get; init; }

    /// <summary>Contrast phase.</summary>
    public required ContrastPhase Phase { get; init; }

    /// <summary>Strength of the enhancement relative to the average, 0.75 to 1.25.</summary>
    public required float ContrastStrength { get; init; }

    /// <summary>Standard deviation of the image noise in the middle of the body, HU.</summary>
    public required float Noise { get; init; }

    internal static PatientTraits Draw(RandomStream random, PhantomOptions options)
    {
        var body = random.Fork("body");
        bool female = body.Chance(0.5);
        double age = body.Uniform(25, 88);
        // Habitus is one trait with spread: stout people have more of both kinds of fat.
        double habitus = Math.Clamp(0.4 + (0.28 * body.NextGaussian()), 0, 1.1);
        var scan = random.Fork("scan");
        double pick = scan.NextDouble() * options.PhaseProbabilities.Sum();
        int phase = 0;
        while (phase < 3 && pick >= options.PhaseProbabilities[phase])
            pick -= options.PhaseProbabilities[phase++];
        double noise = scan.Uniform(options.NoiseMin, options.NoiseMax) * (0.85 + (0.4 * habitus));
        return new PatientTraits
        {
            Female = female,
            Age = (int)age,
            TrunkLength = (float)Math.Clamp((female ? 0.97 : 1.02) + (0.035 * body.NextGaussian()), 0.9, 1.1),
            TrunkWidth = (float)Math.Clamp((female ? 0.95 : 1.02) + (0.035 * body.NextGaussian()), 0.9, 1.1),
            SubcutaneousFat = (float)Math.Clamp(5 + (30 * habitus) + (female ? 4 : 0) + (3 * body.NextGaussian()), 4, 42),
            VisceralFat = (float)Math.Clamp(habitus + (female ? -0.1 : 0.1) + (0.15 * body.NextGaussian()), 0, 1),
            Muscle = (float)Math.Clamp((female ? 0.92 : 1.05) - (0.002 * (age - 50)) + (0.07 * body.NextGaussian()), 0.75, 1.2),
            Breath = (float)Math.Clamp(0.75 + (0.25 * body.NextGaussian()), 0, 1),
            LiverFat = body.Chance(0.25) ? (float)body.Uniform(8, 35) : (float)body.Uniform(0, 8),
            Phase = (ContrastPhase)phase,
            ContrastStrength = (float)Math.Clamp(1 + (0.1 * scan.NextGaussian()), 0.75, 1.25),
            Noise = (float)noise,
        };
    }

    /// <summary>One line for captions.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{(Female ? "female" : "male")}, {Age} years, {Phase}, subcutaneous fat {SubcutaneousFat:0} mm, noise {Noise:0} HU");
}
