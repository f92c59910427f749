using Screener.Errors;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.PyTorch;

/// <summary>
/// A PyTorch file of named tensors: a bare state dict, or a Lightning checkpoint with one under 'state_dict'. Reading it executes
/// nothing: its pickle is read as data, and what the state dict makes with any name beyond those of tensors and plain containers is
/// refused.
/// </summary>
/// <remarks>
/// The rest of a training's state may hold anything, such as the functions of a schedule of learning rates: it is left alone.
/// Numbers are read when a tensor is loaded; what is never asked for, as the state of an optimiser, is never read.
/// </remarks>
public sealed class TorchCheckpoint : IDisposable
{
    private readonly TorchZip _zip;
    private readonly Dictionary<string, TorchTensor> _tensors = [];
    private readonly List<string> _leftAlone = [];

    private TorchCheckpoint(string path, TorchZip zip)
    {
        Path = path;
        _zip = zip;
        object? top = PickleReader.Read(path, zip.ReadPickle(), Global, Storage);
        if (top is not PickleDictionary root)
            throw new TorchFileException(
                path, "no dictionary", "a state dict or a Lightning checkpoint", "Save what state_dict() returns.");
        IsLightning = root.TryGet("state_dict", out object? inner) && inner is PickleDictionary;
        var state = IsLightning ? (PickleDictionary)inner! : root;
        if (PickleRefused.In(state) is { } refused)
            throw new RefusedGlobalException(path, refused.Name);
        var others = new List<string>();
        foreach (string name in state.Names)
        {
            if (state.TryGet(name, out object? value) && value is TorchTensor tensor)
                _tensors.Add(name, tensor);
            else
                others.Add(name);
        }

        Others = others;
        if (_tensors.Count == 0)
        {
            string keys = others.Count == 0
                ? "an empty dictionary"
                : $"no tensor, but {string.Join(", ", others.Take(8).Select(n => $"'{n}'"))}";
            throw new TorchFileException(
                path, keys, "named tensors, or a dictionary with them under 'state_dict'", "Save what state_dict() returns.");
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>True if the tensors lay under 'state_dict'.</summary>
    public bool IsLightning { get; }

    /// <summary>The tensors by name, in the order of the file.</summary>
    public IReadOnlyDictionary<string, TorchTensor> Tensors => _tensors;

    /// <summary>Names in the state dict that are no tensors.</summary>
    public IReadOnlyList<string> Others { get; }

    /// <summary>
    /// Python names beside the state dict that stand for neither tensors nor plain containers, in the order of the file: nothing was made
    /// of them.
    /// </summary>
    public IReadOnlyList<string> LeftAlone => _leftAlone;

    /// <summary>Opens a file and reads the names and shapes of its tensors.</summary>
    /// <param name="path">A file that torch.save of PyTorch 1.6 or later wrote.</param>
    /// <exception cref="MissingInputException">There is no such file.</exception>
    /// <exception cref="RefusedGlobalException">Its state dict holds something other than tensors and plain containers.</exception>
    /// <exception cref="TorchFileException">It is damaged, in the old format, or holds no named tensors.</exception>
    public static TorchCheckpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var zip = TorchZip.Open(path);
        try
        {
            return new TorchCheckpoint(path, zip);
        }
        catch
        {
            zip.Dispose();
            throw;
        }
    }

    /// <summary>A tensor's numbers.</summary>
    /// <param name="name">One of <see cref="Tensors"/>.</param>
    /// <returns>The elements, last axis fastest, as float32: float64 and whole numbers beyond 2^24 are rounded.</returns>
    /// <exception cref="TorchFileException">There is no such tensor, or its numbers are damaged.</exception>
    public float[] ReadFloats(string name)
    {
        if (!_tensors.TryGetValue(name, out var tensor))
            throw new TorchFileException(Path, $"no tensor '{name}'", "one of its names", "See its list of tensors.");
        return tensor.Gather(tensor.Type.ToFloats(_zip.ReadStorage(tensor.Storage)));
    }

    /// <summary>A tensor, float32, on the CPU; the caller owns it.</summary>
    /// <param name="name">One of <see cref="Tensors"/>.</param>
    /// <exception cref="TorchFileException">There is no such tensor, or its numbers are damaged.</exception>
    public Tensor Load(string name)
    {
        float[] values = ReadFloats(name);
        return tensor(values, [.. _tensors[name].Shape]);
    }

    /// <inheritdoc/>
    public void Dispose() => _zip.Dispose();

    /// <summary>The file's length in bytes.</summary>
    internal long Length => _zip.Length;

    private PickleGlobal? Global(string name)
    {
        var known = TorchGlobals.Find(name);
        if (known is null)
            _leftAlone.Add(name);
        return known;
    }

    private object Storage(object? id)
    {
        try
        {
            var storage = TorchGlobals.Storage(id);
            return _zip.Has(storage) ? storage : throw new InvalidDataException($"no {storage.Bytes} bytes in data/{storage.Key}");
        }
        catch (Exception e) when (e is InvalidDataException or OverflowException)
        {
            throw new TorchFileException(Path, e.Message, "the storages that torch.save writes", "Save what state_dict() returns.", e);
        }
    }
}
