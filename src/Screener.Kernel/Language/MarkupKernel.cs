using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;

namespace Screener.Kernel.Language;

/// <summary>A language whose cells are only shown.</summary>
internal sealed class MarkupKernel : Microsoft.DotNet.Interactive.Kernel, IKernelCommandHandler<SubmitCode>
{
    private readonly Func<string, (string MimeType, string Text)> _show;

    /// <param name="name">What follows <c>#!</c>.</param>
    /// <param name="language">The language's name.</param>
    /// <param name="show">What a cell becomes.</param>
    internal MarkupKernel(string name, string language, Func<string, (string MimeType, string Text)> show)
        : base(name)
    {
        KernelInfo.LanguageName = language;
        _show = show;
    }

    Task IKernelCommandHandler<SubmitCode>.HandleAsync(SubmitCode command, KernelInvocationContext context)
    {
        var (mimeType, text) = _show(command.Code);
        context.DisplayAs(text, mimeType);
        return Task.CompletedTask;
    }
}
