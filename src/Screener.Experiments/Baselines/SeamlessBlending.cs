using Screener.Imaging;

namespace Screener.Baselines;

/// <summary>
/// Poisson blending (Perez 2003; PII, arXiv 2107.02622): within a region the crop gets the gradients of a patch, mixed with its own, and
/// keeps its values all around, so that no seam shows.
/// </summary>
internal static class SeamlessBlending
{
    private const int MostIterations = 500;

    /// <summary>Solves for the region, in place.</summary>
    /// <param name="crop">[D, H, W]; changed within the region.</param>
    /// <param name="patch">What is blended in, on the same grid.</param>
    /// <param name="region">Where; voxels on the crop's own border stay.</param>
    /// <param name="shape">Voxels along [D, H, W].</param>
    /// <param name="opacity">The patch's part of the gradients, 0 to 1.</param>
    /// <param name="tolerance">The residual to reach, as a part of the first one.</param>
    internal static void Blend(float[] crop, float[] patch, bool[] region, VolumeShape shape, double opacity, double tolerance = 1e-4)
    {
        var at = new List<int>();
        var number = new Dictionary<int, int>();
        for (int d = 1; d < shape.Depth - 1; d++)
        {
            for (int h = 1; h < shape.Height - 1; h++)
            {
                for (int w = 1; w < shape.Width - 1; w++)
                {
                    int i = shape.Index(d, h, w);
                    if (!region[i])
                        continue;
                    number[i] = at.Count;
                    at.Add(i);
                }
            }
        }

        if (at.Count == 0)
            return;
        int row = shape.Width, slice = shape.Width * shape.Height;
        int[] steps = [-slice, slice, -row, row, -1, 1];

        // 6 f - (sum of f over neighbours in the region) = (sum of the crop over the others) + (divergence of the mixed gradients).
        var neighbours = new int[at.Count * 6];
        double[] right = new double[at.Count], solution = new double[at.Count];
        for (int k = 0; k < at.Count; k++)
        {
            int i = at[k];
            solution[k] = crop[i];
            for (int s = 0; s < 6; s++)
            {
                int j = i + steps[s];
                right[k] += (opacity * (patch[i] - patch[j])) + ((1 - opacity) * (crop[i] - crop[j]));
                neighbours[(k * 6) + s] = number.TryGetValue(j, out int n) ? n : -1;
                if (neighbours[(k * 6) + s] < 0)
                    right[k] += crop[j];
            }
        }

        // Conjugate gradients: the matrix is symmetric and positive.
        double[] residual = Product(solution), product = residual;
        for (int k = 0; k < at.Count; k++)
            residual[k] = right[k] - residual[k];
        double[] direction = [.. residual];
        double norm = Dot(residual, residual), goal = norm * tolerance * tolerance;
        for (int iteration = 0; iteration < MostIterations && norm > goal; iteration++)
        {
            product = Product(direction);
            double step = norm / Dot(direction, product);
            for (int k = 0; k < at.Count; k++)
            {
                solution[k] += step * direction[k];
                residual[k] -= step * product[k];
            }

            double next = Dot(residual, residual), part = next / norm;
            for (int k = 0; k < at.Count; k++)
                direction[k] = residual[k] + (part * direction[k]);
            norm = next;
        }

        for (int k = 0; k < at.Count; k++)
            crop[at[k]] = (float)Math.Clamp(solution[k], 0, 1);

        double[] Product(double[] x)
        {
            var y = new double[x.Length];
            for (int k = 0; k < x.Length; k++)
            {
                double sum = 6 * x[k];
                for (int s = 0; s < 6; s++)
                {
                    int n = neighbours[(k * 6) + s];
                    if (n >= 0)
                        sum -= x[n];
                }

                y[k] = sum;
            }

            return y;
        }

        static double Dot(double[] a, double[] b)
        {
            double sum = 0;
            for (int k = 0; k < a.Length; k++)
                sum += a[k] * b[k];
            return sum;
        }
    }
}
