namespace Screener.Evaluation;

/// <summary>A spot that every body has.</summary>
/// <param name="Name">Its name: "liver, top".</param>
/// <param name="D">Its (fractional) voxel position along D of the volume it belongs to.</param>
/// <param name="H">Along H.</param>
/// <param name="W">Along W.</param>
public readonly record struct Landmark(string Name, double D, double H, double W);
