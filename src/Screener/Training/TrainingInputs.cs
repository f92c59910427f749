using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Screener.Preprocessing;
using Screener.Storage;
using static TorchSharp.torch;

namespace Screener.Training;

/// <summary>What a checkpoint must not be gone on with if it changes, beside the options: the volumes and the frozen networks.</summary>
internal static class TrainingInputs
{
    /// <summary>The options together with what they are applied to.</summary>
    /// <param name="options">The options.</param>
    /// <param name="volumes">The training volumes, each of them: of a prepared cohort the checksums of its files, otherwise the
    /// intensities.</param>
    /// <param name="frozen">Networks that are used but not trained.</param>
    internal static JsonElement Of<T>(T options, IReadOnlyList<PreparedVolume> volumes, params IEnumerable<nn.Module> frozen) =>
        StoredJson.Write(new { options, volumes = Hash(volumes), networks = frozen.Select(Hash).ToArray() });

    private static string Hash(IReadOnlyList<PreparedVolume> volumes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < volumes.Count; i++)
        {
            // A cohort may be larger than memory: its files say what they hold in their last bytes.
            if (volumes is PreparedVolumes prepared)
            {
                hash.AppendData(prepared.Checksum(i));
                continue;
            }

            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(volumes[i].Shape.ToString()));
            hash.AppendData(MemoryMarshal.AsBytes<float>(volumes[i].Intensities));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Hash(nn.Module module)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, value) in module.state_dict())
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(name));
            hash.AppendData(value.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
