using Screener.Randomness;

namespace Screener.Phantoms.Lesions;

/// <summary>Grows a disease in a healthy body.</summary>
internal static class LesionGrowth
{
    /// <returns>How many lesions were grown.</returns>
    internal static int Grow(Pathology pathology, RandomStream random, CleanScan scan, PatientTraits traits, byte[] mask)
    {
        if (pathology == Pathology.None)
            return 0;
        var stream = random.Fork(pathology.ToString());
        var canvas = new LesionCanvas(scan, mask, stream);
        return pathology switch
        {
            Pathology.LungNodules => LungNodules.Grow(canvas, stream, traits),
            Pathology.GroundGlass => GroundGlass.Grow(canvas, stream, traits),
            Pathology.KidneyTumours => KidneyTumours.Grow(canvas, stream, traits),
            _ => LiverTumours.Grow(canvas, stream, traits),
        };
    }
}
