using System.Globalization;
using System.Reflection;
using Screener.Errors;
using Screener.Preprocessing;
using Screener.Runtime;
using Screener.Training;

namespace Screener.Interactive.Lessons;

/// <summary>
/// The parameters cell of a lesson: how much data, how many steps. Every field can be set from outside by an environment variable:
/// <c>SCREENER_</c> and the field's name in capitals with underscores, such as <c>SCREENER_DESCRIPTOR_STEPS=20</c>.
/// </summary>
public sealed record LessonSettings
{
    /// <summary>For a laptop's processor: no lesson takes more than ten minutes. The numbers are those of a small experiment.</summary>
    public static LessonSettings Quick { get; } = new();

    /// <summary>The paper's settings, for a GPU and days: needs <see cref="Volumes"/>.</summary>
    public static LessonSettings Paper { get; } = new()
    {
        Profile = "paper",
        DescriptorSteps = PretrainingOptions.Paper.Optimisation.Steps,
        ConditionSteps = PretrainingOptions.Paper.Optimisation.Steps,
        FitSteps = DensityFittingOptions.Paper.Optimisation.Steps,
    };

    /// <summary>quick or paper: the options of networks, crops and densities.</summary>
    public string Profile { get; init; } = "quick";

    /// <summary>Where the lessons leave their results; a relative path is relative to the notebook.</summary>
    public string Artifacts { get; init; } = "../artifacts/lessons";

    /// <summary>A folder that <c>screener prepare</c> wrote, to train on your own CTs; empty for phantoms.</summary>
    public string Volumes { get; init; } = "";

    /// <summary>
    /// A folder of datasets, each in a folder of its own named as <c>screener data list</c> names it: the raw files, or what
    /// <c>screener import</c> wrote. Lessons about a dataset that is not there show phantoms of the same kind.
    /// </summary>
    public string Datasets { get; init; } = "";

    /// <summary>Your own CT: a NIfTI file, or a folder, zip or file of DICOM. Empty: the lesson shows one that it has.</summary>
    public string Ct { get; init; } = "";

    /// <summary>An LIDC-IDRI XML file of the series <see cref="Ct"/>, whose nodules are outlined; empty for none.</summary>
    public string Annotations { get; init; } = "";

    /// <summary>A folder of public CTs; where it holds <c>lidc-idri-0314</c>, lessons show that patient and no phantom.</summary>
    public string SharedCt { get; init; } = "../../shared/ct";

    /// <summary>The model that is shown where a lesson trains none.</summary>
    public string Model { get; init; } = "../src/Screener.Cli/Models/quick.screener";

    /// <summary>Seeds everything random.</summary>
    public ulong Seed { get; init; } = 2502;

    /// <summary>auto, cpu, cuda or cuda:n.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Processor threads; 0 means one per processor.</summary>
    public int Threads { get; init; }

    /// <summary>Phantom patients to train on.</summary>
    public int TrainingCases { get; init; } = 16;

    /// <summary>Phantom patients to test on, in each cohort.</summary>
    public int TestCases { get; init; } = 2;

    /// <summary>Training steps of a descriptor model.</summary>
    public long DescriptorSteps { get; init; } = 150;

    /// <summary>Training steps of a condition model, and of a network of anatomical positions.</summary>
    public long ConditionSteps { get; init; } = 150;

    /// <summary>Steps of density fitting.</summary>
    public long FitSteps { get; init; } = 100;

    /// <summary>The numbers that the environment set, such as <c>SCREENER_FIT_STEPS=30</c>; a lesson says so.</summary>
    internal IReadOnlyList<string> FromOutside { get; private init; } = [];

    /// <summary>True for the paper's options.</summary>
    public bool IsPaper => Profile == "paper";

    /// <summary>The settings with what the environment says otherwise.</summary>
    /// <exception cref="OptionException">A variable does not hold a value of its field.</exception>
    public LessonSettings FromEnvironment() => From(Environment.GetEnvironmentVariable);

    /// <summary>The settings with what <paramref name="variable"/> says otherwise.</summary>
    /// <param name="variable">The value of a variable, null or empty where it is not set.</param>
    /// <exception cref="OptionException">A value does not fit its field.</exception>
    internal LessonSettings From(Func<string, string?> variable)
    {
        var outside = new List<string>();
        var changed = this with { FromOutside = outside };
        foreach (var field in typeof(LessonSettings).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            string name = VariableOf(field.Name);
            if (variable(name) is not { Length: > 0 } text)
                continue;
            try
            {
                field.SetValue(changed, Convert.ChangeType(text, field.PropertyType, CultureInfo.InvariantCulture));
                if (field.PropertyType != typeof(string) && field.Name != nameof(Threads))
                    outside.Add($"{name}={text}");
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw new OptionException(
                    name, $"'{text}'", field.PropertyType == typeof(string) ? "a text" : "a whole number",
                    "Correct the environment variable or unset it.");
            }
        }

        changed.Validate();
        return changed;
    }

    /// <summary>Checks every field.</summary>
    /// <exception cref="OptionException">A field is out of range; it is named.</exception>
    public void Validate()
    {
        if (Profile is not ("quick" or "paper"))
            throw new OptionException(nameof(Profile), $"'{Profile}'", "quick or paper");
        if (Annotations.Length > 0 && Ct.Length == 0)
            throw new OptionException(nameof(Annotations), $"'{Annotations}', but no {nameof(Ct)}", "the CT that was annotated beside it");
        OptionException.ThrowIfOutside(nameof(Threads), Threads, 0, 1024);
        OptionException.ThrowIfOutside(nameof(TrainingCases), TrainingCases, 1, 100_000);
        OptionException.ThrowIfOutside(nameof(TestCases), TestCases, 1, 100_000);
        OptionException.ThrowIfOutside(nameof(DescriptorSteps), DescriptorSteps, 1L, 100_000_000L);
        OptionException.ThrowIfOutside(nameof(ConditionSteps), ConditionSteps, 1L, 100_000_000L);
        OptionException.ThrowIfOutside(nameof(FitSteps), FitSteps, 1L, 100_000_000L);
    }

    /// <summary>The name of the variable that sets a field.</summary>
    internal static string VariableOf(string field) =>
        "SCREENER_" + string.Concat(field.Select((c, i) => i > 0 && char.IsUpper(c) ? $"_{c}" : $"{char.ToUpperInvariant(c)}"));

    /// <summary>How volumes are prepared in this profile.</summary>
    public PreprocessingOptions Preprocessing => IsPaper ? PreprocessingOptions.Paper : PreprocessingOptions.Quick;

    /// <summary>How the descriptor is trained in this profile.</summary>
    public PretrainingOptions Descriptor => Training(IsPaper ? PretrainingOptions.Paper : PretrainingOptions.Quick, DescriptorSteps);

    /// <summary>How the condition model is trained in this profile.</summary>
    public PretrainingOptions Condition => Training(
        IsPaper ? PretrainingOptions.PaperCondition : PretrainingOptions.QuickCondition, ConditionSteps);

    /// <summary>How the network of anatomical positions is trained in this profile.</summary>
    public PretrainingOptions Embedding => Training(
        IsPaper ? PretrainingOptions.PaperEmbedding : PretrainingOptions.QuickEmbedding, ConditionSteps);

    /// <summary>How densities are fitted in this profile.</summary>
    public DensityFittingOptions Densities
    {
        get
        {
            var options = IsPaper ? DensityFittingOptions.Paper : DensityFittingOptions.Quick;
            return options with { Seed = Seed, Optimisation = options.Optimisation with { Steps = FitSteps } };
        }
    }

    private PretrainingOptions Training(PretrainingOptions options, long steps) =>
        options with { Seed = Seed, Optimisation = options.Optimisation with { Steps = steps } };
}
