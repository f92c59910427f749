using System.CommandLine;
using Screener.Distillation;
using Screener.Errors;
using Screener.Inference;
using Screener.Storage;
using static System.FormattableString;

namespace Screener.Cli.Verbs;

/// <summary>Writes a model's distilled network for other tools.</summary>
internal sealed class ExportVerb() : Verb(
    "export",
    "Write a model's distilled network as ONNX (opset 17, float32): HU of a window in; its scores, and -log10 of how rare they are, out.",
    "screener export fast.screener --out fast.onnx")
{
    private readonly Argument<string> _model = new("model") { Description = "What 'screener distil' wrote." };
    private readonly Option<string> _out = Parsing.Required(
        "--out", "file", $"The file to write, .onnx. Its operators: {OnnxExport.Operators}.", "-o");

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_model, _out];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) =>
        paths.Read(_model.Name, line.GetValue(_model)).Write(_out.Name, line.GetValue(_out));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        string path = line.GetRequiredValue(_model), file = line.GetRequiredValue(_out);
        AtomicFile.RequireWritable(file);
        using var model = ScreenerModel.Load(path, context.Networks());
        OnnxExport.Write(
            file, model.Distilled ?? throw new OptionException(
                _model.Name, $"'{path}', without a distilled network", "a model with one", "Make one with 'screener distil'."));
        return new VerbResult(new { ok = true, file }, Invariant($"{file}: {new FileInfo(file).Length / 1e6:0.0} MB"));
    }
}
