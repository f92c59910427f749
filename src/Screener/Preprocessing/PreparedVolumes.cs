using System.Collections;

namespace Screener.Preprocessing;

/// <summary>The volumes of a prepared cohort, read when they are first asked for and kept while there is room.</summary>
/// <remarks>Safe to use from several threads. Enumerating it reads everything.</remarks>
/// <param name="cohort">The list of the volumes.</param>
/// <param name="memoryBudget">Bytes of intensities to keep; what does not fit is read again each time.</param>
public sealed class PreparedVolumes(PreparedCohort cohort, long memoryBudget = 4L << 30) : IReadOnlyList<PreparedVolume>
{
    private readonly PreparedVolume?[] _kept = new PreparedVolume?[cohort.Cases.Count];
    private readonly Lock _turn = new();
    private long _bytes;

    /// <inheritdoc/>
    public int Count => _kept.Length;

    /// <inheritdoc/>
    /// <exception cref="Errors.ScreenerException">The file is missing or damaged.</exception>
    public PreparedVolume this[int index]
    {
        get
        {
            lock (_turn)
            {
                if (_kept[index] is { } kept)
                    return kept;
            }

            // Two threads may read the same file at once: that costs time, not correctness.
            var volume = cohort.Load(cohort.Cases[index]);
            long bytes = sizeof(float) * (long)volume.Intensities.Length;
            lock (_turn)
            {
                if (_kept[index] is null && _bytes + bytes <= memoryBudget)
                {
                    _kept[index] = volume;
                    _bytes += bytes;
                }
            }

            return volume;
        }
    }

    /// <summary>The checksum of a volume's file, which is compared when the volume is read.</summary>
    /// <exception cref="Errors.ScreenerException">The file is missing or cannot be read.</exception>
    internal byte[] Checksum(int index) => cohort.Checksum(cohort.Cases[index]);

    /// <inheritdoc/>
    public IEnumerator<PreparedVolume> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
