namespace Screener.Tests.Losses;

internal static class FiniteDifferences
{
    /// <summary>Asserts that g1 and g2 are the derivatives of f by every entry of z1 and z2 (central differences in double).</summary>
    internal static void Check(Func<double[][], double[][], double> f, double[][] z1, double[][] z2, double[][] g1, double[][] g2)
    {
        const double step = 1e-5;
        foreach (var (z, g) in new[] { (z1, g1), (z2, g2) })
        {
            for (int i = 0; i < z.Length; i++)
            {
                for (int k = 0; k < z[i].Length; k++)
                {
                    double kept = z[i][k];
                    z[i][k] = kept + step;
                    double up = f(z1, z2);
                    z[i][k] = kept - step;
                    double down = f(z1, z2);
                    z[i][k] = kept;
                    double slope = (up - down) / (2 * step);
                    Assert.Equal(slope, g[i][k], 1e-4 * Math.Max(1, Math.Abs(slope)));
                }
            }
        }
    }
}
