namespace Screener.Imaging;

/// <summary>What maps hold where there is no patient.</summary>
internal static class OutsideOfBody
{
    /// <summary>Sets voxels outside of a body, and those that are NaN, to the least score of the body; to 0 where it has none.</summary>
    /// <param name="scores">One for each voxel of the body's grid.</param>
    /// <param name="body">The patient.</param>
    internal static void FillWithLeast(float[] scores, BodyMask body)
    {
        float least = float.PositiveInfinity;
        for (int i = 0; i < scores.Length; i++)
        {
            if (body.Voxels[i] != 0 && scores[i] < least)
                least = scores[i];
        }

        if (float.IsPositiveInfinity(least))
            least = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            if (body.Voxels[i] == 0 || float.IsNaN(scores[i]))
                scores[i] = least;
        }
    }
}
