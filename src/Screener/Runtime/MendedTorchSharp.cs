using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Screener.Errors;

namespace Screener.Runtime;

/// <summary>
/// Loads TorchSharp's native library on systems whose libstdc++ is older than GCC 13's.
/// </summary>
/// <remarks>
/// <para>The library's version table asks for GLIBCXX_3.4.32 because of one symbol, <c>_ZSt21ios_base_library_initv</c>, to which
/// no relocation refers. The dynamic linker refuses the whole file for it. Marking that one requirement as weak makes it load.</para>
/// <para>This is done to a copy in a per-user cache folder, beside links to the libtorch files; the package cache and the build
/// output stay untouched. The folder is written under a temporary name and renamed, so that it is complete or absent.</para>
/// </remarks>
internal static class MendedTorchSharp
{
    private const string LibraryName = "libLibTorchSharp.so";
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

    /// <summary>Loads the mended copy, making it first if it is not in the cache.</summary>
    /// <returns>The path that was loaded, or null if TorchSharp's library is not beside this program at all.</returns>
    internal static string? Load()
    {
        var folders = NativeFolders().Where(Directory.Exists).Distinct().ToList();
        string? original = folders.Select(f => Path.Combine(f, LibraryName)).FirstOrDefault(File.Exists);
        string? torchFolder = folders.FirstOrDefault(f => File.Exists(Path.Combine(f, "libtorch.so")));
        if (original is null || torchFolder is null)
            return null;

        byte[] image = File.ReadAllBytes(original);
        string folder = Path.Combine(CacheRoot(), Key(image, torchFolder));
        string mended = Path.Combine(folder, LibraryName);
        if (!IsComplete(folder, torchFolder))
            Write(folder, image, original, torchFolder);
        NativeLibrary.Load(mended);
        return mended;
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

    private static void Write(string folder, byte[] image, string original, string torchFolder)
    {
        if (!TryMend(image))
        {
            throw new DeviceUnavailableException(
                original,
                $"a native library without the known {RequiredVersion} requirement",
                "TorchSharp 0.107.0's own library",
                "Install libstdc++ of GCC 13 or newer, or the package versions this project pins.");
        }

        string parent = Path.GetDirectoryName(folder)!;
        string temporary = Path.Combine(parent, $".{Path.GetFileName(folder)}.{Guid.NewGuid():N}");
        Directory.CreateDirectory(temporary);
        try
        {
            File.WriteAllBytes(Path.Combine(temporary, LibraryName), image);
            foreach (string file in TorchFiles(torchFolder))
                File.CreateSymbolicLink(Path.Combine(temporary, Path.GetFileName(file)), file);
            if (Directory.Exists(folder) && !IsComplete(folder, torchFolder))
                Directory.Delete(folder, recursive: true);
            Directory.Move(temporary, folder);
        }
        catch (IOException) when (IsComplete(folder, torchFolder))
        {
            // Another process made the same folder first; its content is the same.
        }
        finally
        {
            if (Directory.Exists(temporary))
                Directory.Delete(temporary, recursive: true);
        }
    }

    private static bool IsComplete(string folder, string torchFolder) =>
        File.Exists(Path.Combine(folder, LibraryName))
        && TorchFiles(torchFolder).All(f => File.Exists(Path.Combine(folder, Path.GetFileName(f))));

    private static IEnumerable<string> TorchFiles(string torchFolder) =>
        Directory.EnumerateFiles(torchFolder).Where(f => Path.GetFileName(f).Contains(".so") && Path.GetFileName(f) != LibraryName);

    private static string Key(byte[] image, string torchFolder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(image);
        hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFullPath(torchFolder)));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..24];
    }

    private static string CacheRoot()
    {
        string data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        string root = Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), "screener", "native");
        Directory.CreateDirectory(root);
        return root;
    }

    // A program and a test host keep natives under their base folder; a notebook kernel loads them from the package cache.
    private static IEnumerable<string> NativeFolders()
    {
        foreach (string root in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(typeof(MendedTorchSharp).Assembly.Location) ?? "", Path.GetDirectoryName(typeof(TorchSharp.torch).Assembly.Location) ?? "" })
        {
            if (root.Length == 0)
                continue;
            yield return Path.Combine(root, "runtimes", "linux-x64", "native");
            yield return root;
            yield return Path.GetFullPath(Path.Combine(root, "..", "..", "runtimes", "linux-x64", "native"));
        }

        if (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") is string search)
        {
            foreach (string folder in search.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
                yield return folder;
        }

        // <cache>/torchsharp/<version>/lib/<tfm>/TorchSharp.dll: libtorch's packages stand three folders up.
        string torchSharp = Path.GetDirectoryName(typeof(TorchSharp.torch).Assembly.Location) ?? "";
        string packages = torchSharp.Length == 0 ? "" : Path.GetFullPath(Path.Combine(torchSharp, "..", "..", "..", ".."));
        if (Directory.Exists(packages))
        {
            foreach (string package in Directory.EnumerateDirectories(packages, "libtorch-c*-linux-x64*"))
            {
                foreach (string version in Directory.EnumerateDirectories(package).OrderByDescending(v => Version.TryParse(Path.GetFileName(v), out var number) ? number : new Version()))
                    yield return Path.Combine(version, "runtimes", "linux-x64", "native");
            }
        }
    }
}
