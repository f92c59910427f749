using System.Runtime.CompilerServices;
using Screener.Phantoms;

namespace Screener.Tests;

/// <summary>What every program that uses phantoms does first.</summary>
internal static class RegisteredPhantoms
{
    [ModuleInitializer]
    internal static void Register() => PhantomSource.Register();
}
