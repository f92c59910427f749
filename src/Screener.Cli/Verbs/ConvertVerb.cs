using System.CommandLine;
using Screener.PyTorch;
using Screener.Errors;
using Screener.Imaging;
using Screener.Training;

namespace Screener.Cli.Verbs;

/// <summary>Makes networks of this program out of the published code's checkpoints.</summary>
internal sealed class ConvertVerb() : Verb(
    "convert",
    "Turn a PyTorch checkpoint of the paper's published code into a network or a model; nothing in it is executed.",
    "screener convert descriptor_model.pt --as descriptor --out descriptor.network",
    "screener convert condition.ckpt --as condition --out condition.network",
    "screener convert glow.ckpt --as glow --out model.screener")
{
    private readonly Argument<string> _checkpoint = new("checkpoint")
    {
        Description = "A state dict or a Lightning checkpoint that torch.save wrote.",
    };
    private readonly Option<string> _as = Parsing.OneOf(
        "--as", "network", "What is wanted of it; a flow becomes a model that screens, with the descriptor beside it in the file",
        "descriptor", "condition", "glow");

    private readonly Option<string?> _out = Parsing.Text("--out", "file", "The file to write.", "-o");
    private readonly Option<string?> _descriptor = Parsing.Text(
        "--descriptor", "file", "The descriptor's network file, where a flow's checkpoint has none.");
    private readonly Option<string?> _prefix = Parsing.Text(
        "--prefix", "text", "What stands before the network's names, where a checkpoint holds several.");
    private readonly Option<VolumeShape?> _pool = Parsing.Box(
        "--pool", "Kernel and stride with which a flow's features were pooled, in voxels; the paper's 2,3,3 if not given.");
    private readonly Option<string> _axes = Parsing.OneOf(
        "--axes", "order", "Where the slices are among the axes that the checkpoint was trained with", "slices-last", "slices-first");

    /// <inheritdoc/>
    protected override IEnumerable<Symbol> Symbols => [_checkpoint, _as, _out, _descriptor, _prefix, _axes, _pool];

    /// <inheritdoc/>
    internal override void NamePaths(ParseResult line, NamedPaths paths) => paths
        .Read(_checkpoint.Name, line.GetValue(_checkpoint)).Read(_descriptor.Name, line.GetValue(_descriptor))
        .Write(_out.Name, line.GetValue(_out));

    /// <inheritdoc/>
    internal override VerbResult Run(ParseResult line, VerbContext context, CancellationToken cancellation)
    {
        string path = line.GetRequiredValue(_checkpoint), kind = line.GetValue(_as)!;
        string file = Given(line, _out, "a file to write");
        if (kind != "glow" && line.GetValue(_pool) is not null)
            throw new OptionException(_pool.Name, $"a {kind}", "a flow, --as glow", $"Leave {_pool.Name} out.");
        context.Settings.Compute.Apply();
        var options = new PublishedCheckpointOptions
        {
            Prefix = line.GetValue(_prefix),
            Axes = line.GetValue(_axes) == "slices-first" ? CheckpointAxes.SlicesFirst : CheckpointAxes.SlicesLast,
            PoolKernel = line.GetValue(_pool) ?? PublishedCheckpointOptions.Paper.PoolKernel,
        };
        var notes = kind switch
        {
            "descriptor" => Descriptor(path, file, options),
            "condition" => Condition(path, file, options),
            _ => Model(path, line.GetValue(_descriptor), file, options),
        };
        if (kind == "glow" && line.GetValue(_pool) is null)
            notes = [.. notes,
                $"Features are pooled by {options.PoolKernel} voxels [D, H, W], as in the paper; the checkpoint does not say, "
                + $"{_pool.Name} does."];
        foreach (string note in notes)
            context.Activities.Note(note);
        return new VerbResult(new { ok = true, file, imported = kind, checkpoint = path, notes }, $"{file}: {kind} of {path}");
    }

    private static IReadOnlyList<string> Descriptor(string path, string file, PublishedCheckpointOptions options)
    {
        var imported = PublishedCheckpoint.ReadDescriptor(path, options);
        using var network = imported.Network;
        PublishedCheckpoint.Write(file, network);
        return imported.Notes;
    }

    private static IReadOnlyList<string> Condition(string path, string file, PublishedCheckpointOptions options)
    {
        var imported = PublishedCheckpoint.ReadCondition(path, options);
        using var network = imported.Network;
        PublishedCheckpoint.Write(file, network);
        return imported.Notes;
    }

    private static IReadOnlyList<string> Model(string path, string? descriptorFile, string file, PublishedCheckpointOptions options)
    {
        var descriptor = descriptorFile is null ? null : NetworkFile.ReadDescriptor(descriptorFile);
        using var network = descriptor?.Network;
        var imported = PublishedCheckpoint.ReadModel(path, descriptor, options);
        using var model = imported.Network;
        model.Save(file);
        return imported.Notes;
    }
}
