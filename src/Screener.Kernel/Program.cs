using Screener.Cli;
using Screener.Kernel;
using Screener.Kernel.Language;

// The process's own, taken before the language gives cells theirs.
var error = new UnfailingWriter(new StreamWriter(Console.OpenStandardError()) { AutoFlush = true });
Environment.Exit(await KernelProgram.RunAsync(args, _ => new CSharpLanguage(), error));
