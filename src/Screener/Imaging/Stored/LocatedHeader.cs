namespace Screener.Imaging.Stored;

/// <summary>A header that says where its voxels are: behind it, or in a file beside it.</summary>
internal abstract record LocatedHeader : StoredHeader
{
    /// <summary>The file with the voxels.</summary>
    internal required string DataFile { get; init; }

    /// <summary>Where they begin in it; negative: as many bytes before its end.</summary>
    internal required long Offset { get; init; }

    /// <summary>Bytes to leave out of what is unpacked.</summary>
    internal long Skip { get; init; }

    internal required VoxelPacking Packing { get; init; }

    /// <summary>Reads a CT; see <see cref="StoredVolume.ReadCt"/>.</summary>
    internal CtVolume ReadCt(string path, IProgress<double>? progress, CancellationToken cancellation)
    {
        using var file = Open();
        return StoredVolume.ReadCt(file, this, Skip, path, progress, cancellation);
    }

    /// <summary>Reads labels; see <see cref="StoredVolume.ReadLabels"/>.</summary>
    internal LabelVolume ReadLabels(string path, IProgress<double>? progress, CancellationToken cancellation)
    {
        using var file = Open();
        return StoredVolume.ReadLabels(file, this, Skip, path, progress, cancellation);
    }

    private StoredFile Open()
    {
        var file = StoredFile.Open(DataFile, Offset, Packing);
        if (file.LongestContent >= Skip + DataLength)
            return file;
        file.Dispose();
        throw file.Truncated(file.LongestContent, Skip + DataLength);
    }
}
