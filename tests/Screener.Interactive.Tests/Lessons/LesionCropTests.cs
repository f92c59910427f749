using Screener.Augmentation;
using Screener.Errors;
using Screener.Imaging;
using Screener.Interactive.Lessons;
using Screener.Phantoms;
using Screener.Preprocessing;
using Screener.Randomness;

namespace Screener.Tests.Interactive.Lessons;

public sealed class LesionCropTests
{
    private static readonly PhantomPatient Patient = PhantomGenerator.Generate(5, Pathology.LungNodules, PhantomOptions.Default);

    [Fact]
    public void HoldsThePreparedIntensitiesAroundALesion()
    {
        var crop = LesionCrop.Of(Patient, PreprocessingOptions.Quick, 24);
        Assert.Equal(new VolumeShape(24, 24, 24), crop.Shape);
        Assert.Contains((byte)1, crop.Lesion);
        Assert.All(Enumerable.Range(0, crop.Lesion.Length).Where(i => crop.Lesion[i] != 0), i => Assert.Equal(1, crop.Organ[i]));

        // Each of its rows is somewhere in the prepared volume.
        var volume = Preprocessor.Prepare(Patient.Volume, PreprocessingOptions.Quick, 0);
        Assert.NotEqual(-1, volume.Intensities.AsSpan().IndexOf(crop.Intensities.AsSpan(0, 24)));
    }

    [Fact]
    public void SeparationCountsPairsOfVoxelsWhicheverIsBrighter()
    {
        // Lesion 0.9 and 0.4 against 0.5, 0.3, 0.4: of six pairs the lesion is brighter in 3 + 1, and equal in one.
        var crop = new LesionCrop(new(1, 1, 6), new(1, 1, 1), [0.9f, 0.4f, 0.5f, 0.3f, 0.4f, 0f], [1, 1, 0, 0, 0, 0], [1, 1, 1, 1, 1, 0]);
        Assert.Equal(4.5 / 6, crop.Separation(), 12);
        Assert.Equal(4.5 / 6, (crop with { Intensities = [.. crop.Intensities.Select(v => -v)] }).Separation(), 12);
    }

    [Fact]
    public void JitterLeavesTheCropItselfAloneAndIsThatOfTheStream()
    {
        var crop = LesionCrop.Of(Patient, PreprocessingOptions.Quick, 16);
        float[] before = [.. crop.Intensities], expected = [.. crop.Intensities];
        var jittered = crop.Jittered(ColourJitterOptions.Paper, new RandomStream(3));
        ColourJitter.Apply(expected, crop.Shape, crop.Spacing, ColourJitterOptions.Paper, new RandomStream(3));
        Assert.Equal(before, crop.Intensities);
        Assert.Equal(expected, jittered.Intensities);
        Assert.Same(crop.Lesion, jittered.Lesion);
    }

    [Fact]
    public void AHealthyPatientIsRefused() => Assert.Throws<OptionException>(() =>
        LesionCrop.Of(PhantomGenerator.Generate(5, Pathology.None, PhantomOptions.Default), PreprocessingOptions.Quick));
}
