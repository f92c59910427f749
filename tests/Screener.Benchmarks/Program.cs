using System.Globalization;
using Screener.Benchmarks;
using Screener.Benchmarks.Cases;
using Screener.Errors;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
BenchmarkSettings settings;
try
{
    settings = BenchmarkSettings.Parse(args);
}
catch (OptionException e)
{
    Console.Error.WriteLine(e.Message);
    Console.Error.WriteLine(BenchmarkSettings.Usage);
    return 2;
}

BenchmarkClock.IsProcessor = settings.CountsProcessor;
(string Name, Func<BenchmarkSettings, IEnumerable<ResultRow>> Run)[] cases =
[
    ("inference", InferenceCase.Run),
    ("paper", PaperSizeCase.Run),
    ("training", TrainingStepCase.Run),
    ("crops", CropReadingCase.Run),
    ("preprocessing", PreprocessingCase.Run),
    ("metrics", MetricsCase.Run),
];
var rows = new List<ResultRow>();
foreach (var (name, run) in cases)
{
    if (settings.Wants(name))
        rows.AddRange(run(settings));
}

ResultTable.Print(rows, settings);
if (settings.JsonPath is not null)
    ResultTable.WriteJson(settings.JsonPath, rows, settings);
return 0;
