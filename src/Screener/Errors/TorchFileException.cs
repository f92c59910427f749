namespace Screener.Errors;

/// <summary>A PyTorch checkpoint is damaged, of a kind that is not read, or holds another network than was asked for.</summary>
public class TorchFileException(string file, string found, string expected, string remedy, Exception? inner = null)
    : ScreenerException(file, found, expected, remedy, inner);
