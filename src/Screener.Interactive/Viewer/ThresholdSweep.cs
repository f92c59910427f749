using System.Text;
using System.Text.Json;
using Screener.Evaluation;
using Screener.Reporting;
using static System.FormattableString;

namespace Screener.Interactive.Viewer;

/// <summary>
/// What each threshold of the viewer's slider finds in one scan, counted over all of its voxels and not over what is shown.
/// </summary>
/// <remarks>Index i of the lists is the threshold at the lower end of level i + 1.</remarks>
internal sealed class ThresholdSweep
{
    private static readonly double[] Rates = [0.3, 0.1, 0.03, 0.01, 0.001];

    private readonly LevelTable _table;
    private readonly bool _isCalibrated;
    private readonly long _healthy, _ill;
    private readonly long[] _healthyAbove, _illAbove;
    private readonly double[] _pro;
    private readonly int[] _lesionsFound, _falseFindings;

    // Those that count in FROC: none where all are smaller than a finding may be.
    private readonly int _lesions;

    private ThresholdSweep(VolumeView view, LevelTable table)
    {
        var (lesions, map, body) = (view.Mask!, view.Map!, view.Body!);
        _table = table;
        _isCalibrated = map.IsCalibrated;
        var options = new FindingOptions();
        var (labels, count) = ConnectedComponents.Label(lesions.Voxels, lesions.Shape, options.Connectivity);
        var healthy = new long[table.Count + 2];
        var found = new long[count][];
        for (int k = 0; k < count; k++)
            found[k] = new long[table.Count + 2];
        for (int i = 0; i < labels.Length; i++)
        {
            if (labels[i] != 0)
                found[labels[i] - 1][table.LevelOf(map.Voxels[i])]++;
            else if (body.Voxels[i] != 0)
                healthy[table.LevelOf(map.Voxels[i])]++;
        }

        var findings = FrocCase.Of("", map, lesions, body, options);
        long[] sizes = [.. found.Select(f => f.Sum())];
        (_healthy, _ill, _lesions) = (healthy.Sum(), sizes.Sum(), findings.Lesions.Length);
        _healthyAbove = Above(healthy);
        var above = found.Select(Above).ToList();
        _illAbove = [.. Enumerable.Range(0, table.Count).Select(i => above.Sum(a => a[i]))];
        _pro = [.. Enumerable.Range(0, table.Count).Select(i => above.Select((a, k) => (double)a[i] / sizes[k]).Average())];
        _lesionsFound = Reached(findings.Lesions);
        _falseFindings = Reached(findings.False);
    }

    /// <summary>The level at which the slider starts: one healthy voxel in a hundred is above it.</summary>
    internal double Start => _table.Interval((byte)LevelAt(0.01)).Low;

    /// <summary>The same in words and pictures, for pages whose scripts are blocked.</summary>
    internal string Still
    {
        get
        {
            var html = new StringBuilder(
                "<table style=\"font-size:12px;border-spacing:12px 2px\"><tr><th>score at least</th><th>lesion voxels found</th>"
                + "<th>found per lesion, mean</th><th>lesions found</th><th>healthy voxels marked</th><th>false findings</th></tr>");
            foreach (int level in Rates.Select(LevelAt).Distinct())
            {
                int i = level - 1;
                html.Append(Invariant($"<tr><td>{_table.Interval((byte)level).Low:0.0##}</td><td>{100.0 * _illAbove[i] / _ill:0.#} %</td>"))
                    .Append(Invariant($"<td>{100 * _pro[i]:0.#} %</td><td>{_lesionsFound[i]} of {_lesions}</td>"))
                    .Append(Invariant($"<td>{100.0 * _healthyAbove[i] / _healthy:0.###} %</td><td>{_falseFindings[i]}</td></tr>"));
            }

            html.Append("</table><div style=\"display:flex;flex-wrap:wrap;gap:8px\">");
            foreach (var plot in Plots())
                html.Append(ChartSvg.Of(plot).Image());
            return html.Append("</div>").ToString();
        }
    }

    /// <summary>Null where there is nothing to find, or nothing to find it in.</summary>
    internal static ThresholdSweep? Of(VolumeView view, LevelTable table)
    {
        if (view is not { Mask.Count: > 0, Map: not null, Body: not null })
            return null;
        var sweep = new ThresholdSweep(view, table);
        return sweep._healthy > 0 ? sweep : null;
    }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("sweep");
        json.WriteNumber("healthy", _healthy);
        json.WriteNumber("ill", _ill);
        json.WriteNumber("lesions", _lesions);
        json.WriteNumber("leastMl", new FindingOptions().LeastVolumeMl);
        Numbers("healthyAbove", _healthyAbove, json.WriteNumberValue);
        Numbers("illAbove", _illAbove, json.WriteNumberValue);
        Numbers("pro", _pro, x => json.WriteNumberValue(Math.Round(x, 5)));
        Numbers("lesionsFound", _lesionsFound, json.WriteNumberValue);
        Numbers("falseFindings", _falseFindings, json.WriteNumberValue);
        json.WriteEndObject();

        void Numbers<T>(string name, T[] values, Action<T> write)
        {
            json.WriteStartArray(name);
            foreach (var value in values)
                write(value);
            json.WriteEndArray();
        }
    }

    private IEnumerable<LinePlot> Plots()
    {
        double[] rates = [0, .. _healthyAbove.Reverse().Select(n => (double)n / _healthy)];
        yield return LinePlot.Roc("ROC", [new LineSeries("this scan", rates, [0, .. _illAbove.Reverse().Select(n => (double)n / _ill)])]);
        yield return LinePlot.Roc("PRO", [new LineSeries("this scan", rates, [0, .. _pro.Reverse()])], 0.3, "per-region overlap");
        if (_lesions == 0)
            yield break;
        double[] wrong = [0, .. _falseFindings.Reverse().Select(n => (double)n)];
        double[] found = [0, .. _lesionsFound.Reverse().Select(n => (double)n / _lesions)];
        yield return new LinePlot("FROC", "false findings", "lesions found", [new LineSeries("this scan", wrong, found)])
        {
            XRange = (0, Math.Max(4, _falseFindings[0])), YRange = (0, 1),
        };
    }

    // The lowest level that at most this part of the healthy voxels reaches.
    private int LevelAt(double rate)
    {
        int level = 1;
        while (level < _table.Count && _healthyAbove[level - 1] > rate * _healthy)
            level++;
        return level;
    }

    private long[] Above(long[] counts)
    {
        var above = new long[_table.Count];
        long sum = 0;
        for (int level = _table.Count; level > 0; level--)
            above[level - 1] = sum += counts[level];
        return above;
    }

    private int[] Reached(float[] peaks) => [.. Enumerable.Range(1, _table.Count).Select(
        level => peaks.Count(p => !float.IsNegativeInfinity(p) && _table.LevelOf(p) >= level))];
}
