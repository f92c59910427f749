using System.Collections.Concurrent;
using System.Runtime.Loader;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Events;

namespace Screener.Kernel.Language;

/// <summary>
/// Loads what packages bring to extend a session, when they arrive: assemblies with an <see cref="IKernelExtension"/>, then the script
/// <c>extension.dib</c>. .NET Interactive's own loader is only in its tool.
/// </summary>
internal static class PackageExtensions
{
    /// <summary>Does so from now on.</summary>
    internal static void Follow(CompositeKernel kernel)
    {
        var arrived = new ConcurrentQueue<string>();
        kernel.RegisterForDisposal(kernel.KernelEvents.Subscribe(said =>
        {
            if (said is PackageAdded { PackageReference.PackageRoot: { } root })
                arrived.Enqueue(Path.Combine(root, "interactive-extensions", "dotnet"));
        }));
        kernel.AddMiddleware(async (command, context, next) =>
        {
            await next(command, context).ConfigureAwait(false);
            while (arrived.TryDequeue(out string? folder))
            {
                if (Directory.Exists(folder))
                    await LoadAsync(folder, kernel, context).ConfigureAwait(false);
            }
        });
    }

    private static async Task LoadAsync(string folder, CompositeKernel kernel, KernelInvocationContext context)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*.dll").Order(StringComparer.Ordinal))
        {
            var types = AssemblyLoadContext.Default.LoadFromAssemblyPath(file).ExportedTypes;
            foreach (var type in types.Where(t => !t.IsAbstract && typeof(IKernelExtension).IsAssignableFrom(t)))
                await ((IKernelExtension)Activator.CreateInstance(type)!).OnLoadAsync(kernel).ConfigureAwait(false);
        }

        var script = new FileInfo(Path.Combine(folder, "extension.dib"));
        if (script.Exists)
            await kernel.LoadAndRunInteractiveDocument(script, context.Command).ConfigureAwait(false);
    }
}
