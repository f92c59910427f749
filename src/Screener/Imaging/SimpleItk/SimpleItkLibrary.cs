using System.Reflection;
using System.Runtime.Loader;
using Screener.Errors;

namespace Screener.Imaging.SimpleItk;

/// <summary>
/// SimpleITK's C# library, which is on no package feed: <c>SimpleITKCSharpManaged.dll</c> and its native library, loaded from a folder
/// and called by name.
/// </summary>
internal sealed class SimpleItkLibrary
{
    private const string Managed = "SimpleITKCSharpManaged";

    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, SimpleItkLibrary> Loaded = [];

    private readonly Assembly _assembly;

    private SimpleItkLibrary(Assembly assembly) => _assembly = assembly;

    /// <summary>Loads it once.</summary>
    /// <exception cref="MissingInputException">It is not in the folder, or cannot be loaded.</exception>
    internal static SimpleItkLibrary Load(string folder)
    {
        string file = Path.Combine(Path.GetFullPath(folder), Managed + ".dll");
        lock (Gate)
        {
            if (Loaded.TryGetValue(file, out var library))
                return library;
            if (!File.Exists(file))
                throw Missing(file, "nothing there", null);
            try
            {
                library = new SimpleItkLibrary(new Context(file).LoadFromAssemblyPath(file));
                _ = library.Type("ImageFileReader");
            }
            catch (Exception e) when (e is BadImageFormatException or FileLoadException or IOException)
            {
                throw Missing(file, $"it cannot be loaded ({e.Message.TrimEnd('.')})", e);
            }

            return Loaded[file] = library;
        }
    }

    /// <summary>Makes an object of the library.</summary>
    internal dynamic New(string type) => Activator.CreateInstance(Type(type))!;

    /// <summary>Calls a static method of one of its classes.</summary>
    internal object Call(string type, string method, params object[] arguments)
    {
        try
        {
            return Type(type).InvokeMember(
                method, BindingFlags.Public | BindingFlags.Static | BindingFlags.InvokeMethod, null, null, arguments)!;
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            throw e.InnerException;
        }
    }

    /// <summary>A number format by its name, such as sitkFloat32.</summary>
    internal object PixelType(string name) => Type("PixelIDValueEnum").GetField(name)!.GetValue(null)!;

    private Type Type(string name) => _assembly.GetType("itk.simple." + name)
        ?? throw Missing(_assembly.Location, $"no class itk.simple.{name} in it", null);

    private static MissingInputException Missing(string file, string found, Exception? inner) => new(
        file, found, "SimpleITK's C# library and its native one",
        $"Get SimpleITK-...-CSharp-linux.zip from github.com/SimpleITK/SimpleITK/releases, unpack it, and let {SimpleItkReader.Variable} "
        + "name its folder; or unset it.", inner);

    private sealed class Context(string file) : AssemblyLoadContext("SimpleITK")
    {
        private readonly string _folder = Path.GetDirectoryName(file)!;

        protected override Assembly? Load(AssemblyName assemblyName) => null;

        protected override nint LoadUnmanagedDll(string unmanagedDllName)
        {
            string? native = new[] { "lib" + unmanagedDllName + ".so", unmanagedDllName + ".so", "lib" + unmanagedDllName + ".dylib",
                unmanagedDllName + ".dll", unmanagedDllName }.Select(n => Path.Combine(_folder, n)).FirstOrDefault(File.Exists);
            return native is null ? 0 : LoadUnmanagedDllFromPath(native);
        }
    }
}
