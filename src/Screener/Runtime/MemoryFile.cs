using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Screener.Runtime;

/// <summary>A file that exists in memory only (Linux, memfd_create). What was loaded from it stays loaded when it is closed.</summary>
internal sealed partial class MemoryFile : IDisposable
{
    private const uint CloseOnExec = 1; // MFD_CLOEXEC

    private readonly SafeFileHandle _handle;

    private MemoryFile(SafeFileHandle handle) => _handle = handle;

    /// <summary>The path under which this process opens it.</summary>
    internal string Path => $"/proc/self/fd/{_handle.DangerousGetHandle()}";

    /// <summary>Makes a file.</summary>
    /// <param name="name">Its name in listings of this process's memory.</param>
    /// <param name="content">All of it.</param>
    /// <exception cref="IOException">The system refuses.</exception>
    internal static MemoryFile Create(string name, ReadOnlySpan<byte> content)
    {
        var handle = new SafeFileHandle(MemFdCreate(name, CloseOnExec), ownsHandle: true);
        if (handle.IsInvalid)
        {
            int error = Marshal.GetLastPInvokeError();
            handle.Dispose();
            throw new IOException($"No file in memory: {new Win32Exception(error).Message}.");
        }

        RandomAccess.Write(handle, content, 0);
        return new MemoryFile(handle);
    }

    public void Dispose() => _handle.Dispose();

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MemFdCreate(string name, uint flags);
}
