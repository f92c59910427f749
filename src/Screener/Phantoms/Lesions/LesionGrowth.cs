using Screener.Randomness;

namespace Screener.Phantoms.Lesions;

/// <summary>Grows a disease in a healthy body.</summary>
internal static class LesionGrowth
{
    internal static void Grow(Pathology pathology, RandomStream random, CleanScan scan, PatientTraits traits, byte[] mask)
    {
        if (pathology == Pathology.None)
            return;
        var stream = random.Fork(pathology.ToString());
        var canvas = new LesionCanvas(scan, mask, stream);
        switch (pathology)
        {
            case Pathology.LungNodules:
                LungNodules.Grow(canvas, stream, traits);
                break;
            case Pathology.GroundGlass:
                GroundGlass.Grow(canvas, stream, traits);
                break;
            case Pathology.KidneyTumours:
                KidneyTumours.Grow(canvas, stream, traits);
                break;
            case Pathology.LiverTumours:
                LiverTumours.Grow(canvas, stream, traits);
                break;
        }
    }
}
