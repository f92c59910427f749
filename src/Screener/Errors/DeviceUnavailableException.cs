namespace Screener.Errors;

/// <summary>A compute device was asked for that this machine or this build does not have.</summary>
public sealed class DeviceUnavailableException(string device, string found, string expected, string remedy, Exception? inner = null)
    : ScreenerException(device, found, expected, remedy, inner);
