using Screener.Imaging;
using Screener.Randomness;
using Screener.SyntheticLesions;

namespace Screener.Tests.SyntheticLesions;

public sealed class LesionPainterTests
{
    private static readonly VolumeShape Shape = new(32, 32, 32);

    [Fact]
    public void WhatTheMaskCoversIsWhatChanged()
    {
        for (ulong seed = 0; seed < 40; seed++)
        {
            float[] before = Tissue(), hu = Tissue(), mask = new float[before.Length];
            new LesionPainter(new() { HealthyShare = 0 }).Paint(hu, mask, Shape, 3, Foreign, new RandomStream(seed));
            for (int i = 0; i < hu.Length; i++)
            {
                Assert.InRange(mask[i], 0, 1);
                if (mask[i] > 0)
                    Assert.NotEqual(before[i], hu[i]);
                if (Math.Abs(hu[i] - before[i]) > 100)
                    Assert.True(mask[i] > 0, $"seed {seed}: {before[i]} became {hu[i]} unmarked");
                Assert.True(float.IsFinite(hu[i]));
            }
        }
    }

    [Fact]
    public void AllKindsAppear()
    {
        bool solid = false, glass = false, darker = false, brighter = false;
        for (ulong seed = 0; seed < 60; seed++)
        {
            float[] before = Tissue(), hu = Tissue(), mask = new float[before.Length];
            new LesionPainter(new() { HealthyShare = 0, ForeignShare = 0, LungShare = 0.5, SoftShare = 0.5 }).Paint(
                hu, mask, Shape, 3, Foreign, new RandomStream(seed));
            for (int i = 0; i < hu.Length; i++)
            {
                if (mask[i] < 0.9)
                    continue;
                solid |= before[i] < -700 && hu[i] > -100;
                glass |= before[i] < -700 && hu[i] is > -700 and < -350;
                darker |= before[i] > 0 && hu[i] < before[i] - 15;
                brighter |= before[i] > 0 && hu[i] > before[i] + 15;
            }
        }

        Assert.True(solid && glass && darker && brighter, $"{solid} {glass} {darker} {brighter}");
    }

    [Fact]
    public void MassesAreLargeUnevenAndMarkedWhole()
    {
        var options = new SyntheticLesionOptions
        {
            HealthyShare = 0, ForeignShare = 0, LungShare = 0, SoftShare = 1, FewestPerCrop = 1, MostPerCrop = 1, MassShare = 1,
            LeastMassRadiusMm = 24,
        };
        const int Masses = 120;
        double uneven = 0;
        int bright = 0;
        for (ulong seed = 0; seed < Masses; seed++)
        {
            float[] before = Organ(), hu = Organ(), mask = new float[before.Length];
            new LesionPainter(options).Paint(hu, mask, Shape, 3, Foreign, new RandomStream(seed));
            float[] inside = [.. hu.Where((_, i) => mask[i] > 0.99f)];
            Assert.True(inside.Length > 200, $"seed {seed}: {inside.Length}");
            for (int i = 0; i < hu.Length; i++)
                Assert.True(mask[i] > 0 == (hu[i] != before[i]), $"seed {seed}: {before[i]} became {hu[i]}, marked {mask[i]}");
            double mean = inside.Average();
            uneven += Math.Sqrt(inside.Average(v => (v - mean) * (v - mean)));
            bright += inside.Any(v => v > 250) ? 1 : 0;
        }

        Assert.True(uneven / Masses > 15, $"deviation {uneven / Masses:0.0} HU");
        Assert.InRange(bright, 3, 15);

        static float[] Organ() => [.. Enumerable.Repeat(60f, Shape.Depth * Shape.Height * Shape.Width)];
    }

    [Fact]
    public void HealthyCropsAndAirStayAsTheyAre()
    {
        float[] hu = Tissue(), mask = new float[hu.Length];
        new LesionPainter(new() { HealthyShare = 1 }).Paint(hu, mask, Shape, 3, Foreign, new RandomStream(1));
        Assert.Equal(Tissue(), hu);
        float[] air = new float[hu.Length];
        Array.Fill(air, -1000);
        new LesionPainter(new() { HealthyShare = 0 }).Paint(air, mask, Shape, 3, Foreign, new RandomStream(1));
        Assert.All(air, v => Assert.Equal(-1000, v));
        Assert.All(mask, v => Assert.Equal(0, v));
    }

    [Fact]
    public void ALesionInTheLungLeavesVesselsAndChestWall()
    {
        for (ulong seed = 0; seed < 30; seed++)
        {
            float[] before = Tissue(), hu = Tissue(), mask = new float[before.Length];
            new LesionPainter(new() { HealthyShare = 0, ForeignShare = 0, LungShare = 1, SoftShare = 0 }).Paint(
                hu, mask, Shape, 3, Foreign, new RandomStream(seed));
            for (int i = 0; i < hu.Length; i++)
            {
                Assert.True(hu[i] >= before[i] - 1e-3, $"{before[i]} became {hu[i]}");
                if (before[i] > -250)
                    Assert.Equal(before[i], hu[i]);
            }
        }
    }

    [Fact]
    public void TheSameSeedDrawsTheSame()
    {
        Assert.Equal(Once(), Once());

        static float[] Once()
        {
            float[] hu = Tissue();
            new LesionPainter(new()).Paint(hu, new float[hu.Length], Shape, 3, Foreign, new RandomStream(77));
            return hu;
        }
    }

    [Fact]
    public void AShapeIsABallWhereItHasNoWaves()
    {
        var shape = new LesionShape((16, 15, 14), radius: 6, edge: 1, roughness: 0, new RandomStream(2));
        var (d, h, w) = shape.Box(Shape);
        double covered = 0;
        for (int z = 0; z < 32; z++)
        {
            for (int y = 0; y < 32; y++)
            {
                for (int x = 0; x < 32; x++)
                {
                    double coverage = shape.Coverage(shape.Distance(z, y, x));
                    covered += coverage;
                    bool inside = z >= d.Start.Value && z < d.End.Value && y >= h.Start.Value && y < h.End.Value && x >= w.Start.Value
                        && x < w.End.Value;
                    Assert.True(coverage == 0 || inside);
                }
            }
        }

        // An ellipsoid whose three stretches are each within e^+-0.35.
        double ball = 4 * Math.PI / 3 * 6 * 6 * 6;
        Assert.InRange(covered, ball * Math.Exp(-1.05) * 0.9, ball * Math.Exp(1.05) * 1.1);
        Assert.Equal(1, shape.Coverage(shape.Distance(16, 15, 14)));
    }

    [Fact]
    public void NoiseHasUnitDeviationAndIsSmooth()
    {
        double sum = 0, squares = 0, steps = 0;
        int n = 0;
        for (ulong seed = 0; seed < 30; seed++)
        {
            var noise = new ValueNoise(3, new RandomStream(seed));
            for (int d = -20; d < 20; d += 3)
            {
                for (int h = 0; h < 30; h += 2)
                {
                    for (int w = 0; w < 30; w++, n++)
                    {
                        double at = noise.At(d, h, w), next = noise.At(d, h, w + 1);
                        (sum, squares, steps) = (sum + at, squares + (at * at), steps + ((next - at) * (next - at)));
                    }
                }
            }
        }

        Assert.InRange(sum / n, -0.05, 0.05);
        Assert.InRange(squares / n, 0.7, 1.3);
        Assert.True(steps / n < 0.5 * squares / n);
    }

    private static float[] Tissue()
    {
        var hu = new float[Shape.CheckedLength()];
        for (int i = 0; i < hu.Length; i++)
            hu[i] = (i % 32 < 14 ? -820 : 55) + (i % 5);
        return hu;
    }

    private static float[] Foreign()
    {
        var hu = new float[Shape.CheckedLength()];
        Array.Fill(hu, 300);
        return hu;
    }
}
