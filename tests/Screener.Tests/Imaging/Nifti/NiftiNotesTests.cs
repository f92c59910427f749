using Screener.Imaging;
using Screener.Imaging.Nifti;

namespace Screener.Tests.Imaging.Nifti;

/// <summary>Geometry that is read with doubt, and said so.</summary>
public sealed class NiftiNotesTests
{
    [Fact]
    public void WhatAnOrdinaryHeaderSaysIsNotDoubted() => Assert.Empty(NotesOf(NiftiBytes.Small()));

    [Fact]
    public void NoOrientationCodeMeansAGuess()
    {
        var file = NiftiBytes.Small();
        file.Int16(252, 0, 0);
        Assert.Contains("orientation was guessed", Assert.Single(NotesOf(file)));
    }

    [Fact]
    public void AnIdentityIsNoOrientation()
    {
        var file = NiftiBytes.Small();
        file.Single(280, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1);
        Assert.Contains("identity", Assert.Single(NotesOf(file)));
    }

    [Theory]
    [InlineData(0, 0, 0, 1, null)]            // the same axes
    [InlineData(0, 0, 0, -1, "mirrors")]      // the slices the other way round
    [InlineData(0, 0, 1, 1, "contradict")]    // half a turn about the patient's axis
    [InlineData(3, 0, 0, 1, null)]            // no rotation at all: not used, not an error
    public void SformAndQformAreCompared(float b, float c, float d, float qfac, string? mention)
    {
        var file = NiftiBytes.Small();
        file.Int16(252, 1).Single(256, b, c, d, -10, -20, -30).Single(76, qfac);
        var notes = NotesOf(file);
        if (mention is null)
            Assert.Empty(notes);
        else
            Assert.Contains(mention, Assert.Single(notes));
    }

    private static IReadOnlyList<string> NotesOf(NiftiBytes file)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder["a.nii"], file.Bytes);
        var volume = new NiftiVolumeReader().Read(folder["a.nii"], VolumeReadOptions.Default);
        Assert.Equal(volume.Notes, NiftiVolumeReader.ReadHeader(folder["a.nii"]).Notes);
        return volume.Notes;
    }
}
