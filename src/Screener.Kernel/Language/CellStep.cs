namespace Screener.Kernel.Language;

/// <summary>One thing to do for a cell, in the cell's order.</summary>
/// <param name="Line">The cell's line at which it stands, from 1.</param>
internal abstract record CellStep(int Line);

/// <summary>C# to run.</summary>
/// <param name="Line">The cell's line at which it stands, from 1.</param>
/// <param name="Code">As long as the cell, with blanks for all that is not part of it, so that positions are the cell's.</param>
internal sealed record CodeStep(int Line, string Code) : CellStep(Line);

/// <summary>Text of another language to show.</summary>
/// <param name="Line">The cell's line at which it stands, from 1.</param>
/// <param name="Language">Its name, without the number sign.</param>
/// <param name="Text">The text.</param>
internal sealed record MarkupStep(int Line, string Language, string Text) : CellStep(Line);

/// <summary>A directive: a line that begins with <c>#!</c>, or <c>#r</c> or <c>#i</c>.</summary>
/// <param name="Line">The cell's line at which it stands, from 1.</param>
/// <param name="Name">Its first word.</param>
/// <param name="Argument">The rest of the line, without the quotes around it.</param>
internal sealed record DirectiveStep(int Line, string Name, string Argument) : CellStep(Line);
