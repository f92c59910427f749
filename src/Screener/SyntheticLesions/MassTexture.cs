using Screener.Randomness;

namespace Screener.SyntheticLesions;

/// <summary>What a large mass in soft tissue adds to its organ: coarse and fine texture, a capsule, a dead core, bright deposits.</summary>
/// <remarks>Masses differ from their organ less in mean than in texture; blobs of one contrast do not show a network that.</remarks>
internal sealed class MassTexture
{
    private readonly ValueNoise _coarse;
    private readonly ValueNoise _fine;
    private readonly double _flat;
    private readonly double _contrast;
    private readonly double _coarseHeight;
    private readonly double _fineHeight;
    private readonly double _capsule;
    private readonly double _core;
    private readonly double _coreDepth;
    private readonly double _deposits;
    private readonly double _depositsAbove;

    /// <param name="radius">Of the mass, voxels.</param>
    /// <param name="contrast">Of its mean to the organ, HU.</param>
    /// <param name="random">Draws everything.</param>
    internal MassTexture(double radius, double contrast, RandomStream random)
    {
        _contrast = contrast;
        _coarse = new ValueNoise(Math.Max(2, radius * random.Uniform(0.15, 0.6)), random);
        _fine = new ValueNoise(random.Uniform(1, 3.5), random);
        _flat = random.Uniform(0, 1);
        _coarseHeight = random.Uniform(4, 30);
        _fineHeight = random.Uniform(0, 20);
        _capsule = random.Chance(0.3) ? random.Uniform(-40, 50) : 0;
        _core = random.Chance(0.35) ? random.Uniform(-70, -15) : 0;
        _coreDepth = radius * random.Uniform(0.2, 0.8);
        _deposits = random.Chance(0.08) ? random.Uniform(60, 800) : 0;
        _depositsAbove = random.Uniform(-1.5, 1.2);
    }

    /// <summary>The HU of a voxel that the mass covers.</summary>
    /// <param name="before">HU without it.</param>
    /// <param name="tissue">Mean HU of the organ.</param>
    /// <param name="distance">Voxels from the surface, negative inside.</param>
    /// <param name="d">Slice.</param>
    /// <param name="h">Row.</param>
    /// <param name="w">Column.</param>
    internal double At(double before, double tissue, double distance, int d, int h, int w)
    {
        double coarse = _coarse.At(d, h, w), fine = _fine.At(d, h, w);
        double capsule = Math.Clamp(1 - Math.Abs(distance + 1), 0, 1);
        double core = Math.Clamp(0.5 - ((distance + _coreDepth + (2 * coarse)) / 1.5), 0, 1);
        double deposits = Math.Clamp(4 * (fine - _depositsAbove), 0, 1);
        return before + (_flat * (tissue - before)) + _contrast + (_coarseHeight * coarse) + (_fineHeight * fine)
            + (_capsule * capsule) + (_core * core) + (_deposits * deposits);
    }
}
