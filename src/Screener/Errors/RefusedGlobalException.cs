namespace Screener.Errors;

/// <summary>
/// A checkpoint's state dict is made with a Python class or function that is not on the list of those a file of tensors needs. Nothing was
/// executed.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="global">The name, "module.name".</param>
public sealed class RefusedGlobalException(string file, string global)
    : TorchFileException(
        file, $"the Python name '{global}' in its pickle", "tensors, numbers, strings, lists and dictionaries alone",
        "If you trust the file, load it in Python and save what state_dict() returns.")
{
    /// <summary>The refused name, "module.name".</summary>
    public string Global { get; } = global;
}
