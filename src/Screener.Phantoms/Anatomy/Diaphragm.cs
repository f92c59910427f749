namespace Screener.Phantoms.Anatomy;

/// <summary>The muscle sheet between chest and abdomen; what lies under it is painted over its lower side.</summary>
internal sealed class Diaphragm(BodyFrame frame) : IStructure
{
    /// <inheritdoc/>
    public void Paint(PhantomSlice slice)
    {
        if (slice.BodyZ > 60 || slice.BodyZ < -130)
            return;
        for (int i = 0; i < slice.Hu.Length; i++)
        {
            if (slice.Cavity[i] > 0 || slice.Label[i] != PhantomOrgan.SoftTissue)
                continue;
            float below = frame.BelowDiaphragm(slice.Position[i]);
            if (below > -1 && below < 4)
                slice.Blend(i, slice.Coverage(MathF.Abs(below - 1.4f) - 1.6f), 52, PhantomOrgan.SoftTissue);
        }
    }
}
