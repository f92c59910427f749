using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Screener.Errors;

namespace Screener.Runtime;

/// <summary>
/// Loads TorchSharp's native library on systems whose libstdc++ is older than GCC 13's.
/// </summary>
/// <remarks>
/// <para>The library's version table asks for GLIBCXX_3.4.32 because of one symbol, <c>_ZSt21ios_base_library_initv</c>, to which
/// no relocation refers. The dynamic linker refuses the whole file for it. Marking that one requirement as weak makes it load.</para>
/// <para>This is done to a copy in memory: the package cache and the build output stay untouched, and no folder has to be writable.
/// </para>
/// </remarks>
internal static class MendedTorchSharp
{
    private const string RequiredVersion = "GLIBCXX_3.4.32";
    private const string MarkerSymbol = "_ZSt21ios_base_library_initv";
    private const ushort WeakFlag = 2; // VER_FLG_WEAK
    private const uint VersionNeedSection = 0x6ffffffe; // SHT_GNU_verneed

    /// <summary>True if the system's libstdc++ lacks what TorchSharp asks for.</summary>
    internal static bool IsNeeded()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return false;
        if (!NativeLibrary.TryLoad("libstdc++.so.6", out nint library))
            return false; // TorchSharp's own message then says what is missing.
        return !NativeLibrary.TryGetExport(library, MarkerSymbol, out _);
    }

    /// <summary>Loads a mended copy of TorchSharp's library. What it needs must be loaded already.</summary>
    /// <exception cref="DeviceUnavailableException">The file cannot be read, mended or loaded.</exception>
    internal static nint Load(string original)
    {
        try
        {
            byte[] image = File.ReadAllBytes(original);
            if (!TryMend(image))
                throw Unusable(original, $"a native library without the known {RequiredVersion} requirement");
            using var file = MemoryFile.Create(Path.GetFileName(original), image);
            return NativeLibrary.Load(file.Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DllNotFoundException or BadImageFormatException)
        {
            throw Unusable(original, $"a native library that cannot be loaded ({e.Message})", e);
        }
    }

    /// <summary>Marks the requirement of <see cref="RequiredVersion"/> as weak, in place.</summary>
    /// <returns>False if the file has no such requirement.</returns>
    internal static bool TryMend(Span<byte> elf)
    {
        if (elf.Length < 64 || !elf[..6].SequenceEqual("\u007fELF\u0002\u0001"u8))
            return false;
        ulong sectionTable = BinaryPrimitives.ReadUInt64LittleEndian(elf[0x28..]);
        int entrySize = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3A..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(elf[0x3C..]);
        for (int i = 0; i < count; i++)
        {
            if (!TryRange(elf, sectionTable + (ulong)(i * entrySize), 64, out var header))
                return false;
            if (BinaryPrimitives.ReadUInt32LittleEndian(header[4..]) != VersionNeedSection)
                continue;
            int stringSection = BinaryPrimitives.ReadInt32LittleEndian(header[40..]);
            if (!TryRange(elf, sectionTable + (ulong)((long)stringSection * entrySize), 64, out var strings))
                return false;
            return TryMendSection(elf, Offset(header), Size(header), Offset(strings), Size(strings));
        }

        return false;
    }

    private static bool TryMendSection(Span<byte> elf, ulong offset, ulong size, ulong stringsOffset, ulong stringsSize)
    {
        if (!TryRange(elf, offset, size, out var section) || !TryRange(elf, stringsOffset, stringsSize, out var strings))
            return false;
        byte[] wanted = Encoding.ASCII.GetBytes(RequiredVersion + "\0");
        for (int need = 0; need + 16 <= section.Length;)
        {
            int auxCount = BinaryPrimitives.ReadUInt16LittleEndian(section[(need + 2)..]);
            int aux = need + BinaryPrimitives.ReadInt32LittleEndian(section[(need + 8)..]);
            for (int i = 0; i < auxCount && aux >= 0 && aux + 16 <= section.Length; i++)
            {
                int name = BinaryPrimitives.ReadInt32LittleEndian(section[(aux + 8)..]);
                if (name >= 0 && name < strings.Length && strings[name..].StartsWith(wanted))
                {
                    ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(section[(aux + 4)..]);
                    BinaryPrimitives.WriteUInt16LittleEndian(section[(aux + 4)..], (ushort)(flags | WeakFlag));
                    return true;
                }

                int nextAux = BinaryPrimitives.ReadInt32LittleEndian(section[(aux + 12)..]);
                if (nextAux <= 0)
                    break;
                aux += nextAux;
            }

            int next = BinaryPrimitives.ReadInt32LittleEndian(section[(need + 12)..]);
            if (next <= 0)
                break;
            need += next;
        }

        return false;
    }

    private static ulong Offset(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);

    private static ulong Size(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);

    private static bool TryRange(Span<byte> data, ulong offset, ulong length, out Span<byte> range)
    {
        range = default;
        if (offset > (ulong)data.Length || length > (ulong)data.Length - offset)
            return false;
        range = data.Slice((int)offset, (int)length);
        return true;
    }

    private static DeviceUnavailableException Unusable(string file, string found, Exception? inner = null) => new(
        file, found, "TorchSharp 0.107.0's own library",
        "Install libstdc++ of GCC 13 or newer, or restore the package versions that this project pins.", inner);
}
