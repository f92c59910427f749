using System.Globalization;
using Screener.Reporting;
using TorchSharp;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Screener.Interactive.Values;

/// <summary>A tensor: shape, type, device, range, and its first values; never all of it.</summary>
internal static class TensorFormatter
{
    private const int PreviewRows = 6, PreviewColumns = 8;

    internal static Document Document(Tensor tensor)
    {
        if (tensor.IsInvalid)
            return new Document("Tensor", "disposed of", new NotePart("Its values are gone. Show it before it is disposed of."));
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var facts = new List<(string, string)>
        {
            ("shape", $"[{string.Join(", ", tensor.shape)}]"),
            ("type", Invariant($"{tensor.dtype}")),
            ("device", tensor.device.ToString()),
            ("elements", tensor.numel().ToString("#,0", CultureInfo.InvariantCulture)),
        };
        if (tensor.requires_grad)
            facts.Add(("requires gradient", "yes"));
        var parts = new List<DocumentPart> { new FactsPart(facts) };
        if (tensor.numel() > 0 && !tensor.is_complex())
        {
            AddRange(tensor, facts);
            parts.Add(Preview(tensor));
        }

        return new Document("Tensor", "", parts);
    }

    private static void AddRange(Tensor tensor, List<(string, string)> facts)
    {
        if (tensor.dtype == ScalarType.Bool)
        {
            facts.Add(("true", Invariant($"{tensor.sum().item<long>():#,0}")));
            return;
        }

        bool floating = tensor.is_floating_point();
        var values = tensor.detach().to_type(ScalarType.Float64);
        if (floating)
        {
            var finite = values.isfinite();
            long left = finite.sum().item<long>(), all = tensor.numel();
            if (left < all)
            {
                facts.Add(("not finite", Invariant($"{all - left:#,0}: {tensor.isnan().sum().item<long>():#,0} NaN")));
                if (left == 0)
                    return;
                values = values.masked_select(finite);
            }
        }

        facts.Add(("least", Number(values.min().item<double>())));
        facts.Add(("mean", Number(values.mean().item<double>())));
        facts.Add(("greatest", Number(values.max().item<double>())));
        if (values.numel() > 1)
            facts.Add(("standard deviation", Number(values.std().item<double>())));
    }

    // The first rows and columns of the last two axes, at index 0 of the others.
    private static TablePart Preview(Tensor tensor)
    {
        var plane = tensor.detach();
        while (plane.dim() > 2)
            plane = plane[0];
        plane = plane.dim() switch { 0 => plane.reshape(1, 1), 1 => plane.unsqueeze(0), _ => plane };
        long rows = Math.Min(plane.shape[0], PreviewRows), columns = Math.Min(plane.shape[1], PreviewColumns);
        var corner = plane.narrow(0, 0, rows).narrow(1, 0, columns).to_type(ScalarType.Float64).cpu().contiguous();
        double[] values = corner.data<double>().ToArray();
        bool moreColumns = columns < plane.shape[1], moreRows = rows < plane.shape[0];
        var table = new List<IReadOnlyList<string>>();
        for (long r = 0; r < rows; r++)
        {
            var cells = Enumerable.Range(0, (int)columns).Select(c => Number(values[(r * columns) + c]));
            table.Add([r.ToString(CultureInfo.InvariantCulture), .. cells, .. moreColumns ? ["…"] : Array.Empty<string>()]);
        }

        if (moreRows)
            table.Add([.. Enumerable.Repeat("…", table[0].Count)]);
        string where = tensor.dim() > 2 ? $"[{string.Join(", ", Enumerable.Repeat("0", (int)tensor.dim() - 2))}, :, :]" : "";
        return new TablePart(
            ["", .. Enumerable.Range(0, (int)columns).Select(c => c.ToString(CultureInfo.InvariantCulture)),
                .. moreColumns ? ["…"] : Array.Empty<string>()],
            table) { Caption = moreRows || moreColumns || where.Length > 0 ? $"First values {where}".TrimEnd() : "Values" };
    }

    private static string Number(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
