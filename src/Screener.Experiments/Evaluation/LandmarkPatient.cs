using Screener.Preprocessing;

namespace Screener.Evaluation;

/// <summary>A patient of whom some spots are known.</summary>
/// <param name="Name">Who.</param>
/// <param name="Volume">The prepared volume.</param>
/// <param name="Body">[D, H, W] of the volume, non-zero inside the body: where a spot is searched.</param>
/// <param name="Landmarks">The known spots, in voxels of the volume.</param>
public sealed record LandmarkPatient(string Name, PreparedVolume Volume, ReadOnlyMemory<byte> Body, IReadOnlyList<Landmark> Landmarks);
