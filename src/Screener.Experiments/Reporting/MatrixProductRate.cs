using System.Diagnostics;
using TorchSharp;

namespace Screener.Reporting;

/// <summary>The speed of a large square matrix product: what a device can do at best, to compare the networks' speed with.</summary>
public static class MatrixProductRate
{
    /// <summary>Measures the rate: the best of several products.</summary>
    /// <param name="device">Where.</param>
    /// <param name="type">The number format.</param>
    /// <param name="size">The matrices' side.</param>
    /// <param name="duration">About how long to measure; at least three products are made.</param>
    /// <param name="cancellation">Stops the measurement.</param>
    /// <returns>Floating-point operations per second, two per multiply-add.</returns>
    public static double Measure(
        torch.Device device, torch.ScalarType type, int size, TimeSpan duration, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        using var grad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        using var generator = new torch.Generator(1, device);
        var a = torch.randn([size, size], generator: generator, device: device).to_type(type);
        var b = torch.randn([size, size], generator: generator, device: device).to_type(type);
        double best = double.PositiveInfinity;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < 3 || Stopwatch.GetElapsedTime(start) < duration; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            long before = Stopwatch.GetTimestamp();
            using (var product = a.matmul(b))
            {
                // Reading one number back waits for the device.
                using var corner = product[0, 0].to_type(torch.ScalarType.Float32);
                _ = corner.item<float>();
            }

            best = Math.Min(best, Stopwatch.GetElapsedTime(before).TotalSeconds);
        }

        return 2.0 * size * size * size / best;
    }
}
