using Screener.Imaging;

namespace Screener.Tests.Imaging;

public sealed class Int16VoxelsTests
{
    [Fact]
    public void RowsOfAnyLengthAreWidenedAndNothingBesideThem()
    {
        for (int length = 0; length <= 70; length++)
        {
            short[] stored = [.. Enumerable.Range(0, length).Select(i => (short)((i * 7919) - 32768))];
            var voxels = new float[length + 2];
            voxels.AsSpan().Fill(-1);
            Int16Voxels.Widen(stored, voxels.AsSpan(1));
            Assert.Equal([-1, .. stored.Select(v => (float)v), -1], voxels);
        }
    }
}
