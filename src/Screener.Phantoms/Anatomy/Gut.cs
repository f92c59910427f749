using System.Numerics;
using Screener.Randomness;
using static Screener.Phantoms.BodyFrame;

namespace Screener.Phantoms.Anatomy;

/// <summary>The courses of stomach, colon and small bowel, and what fills them.</summary>
internal static class Gut
{
    /// <summary>Stomach: fundus under the left dome, body down and forwards, antrum across to the right.</summary>
    internal static HollowOrgan Stomach(RandomStream random, BodyFrame frame, Enhancement e)
    {
        float lift = frame.Dome, lower = 0.6f * frame.DomeDifference;
        float full = (float)random.Uniform(0.68, 1.25);
        var wall = new Tissue(0.5f * (e.BowelWall + 55), 6, 6, 0, PhantomOrgan.Stomach);
        var organ = new HollowOrgan(frame, PhantomOrgan.Stomach, wall, (float)random.Uniform(3.5, 5.5), 2.5f / full);
        Vector3[] course =
        [
            new(-58, -14, -30 + lift - lower), new(-66, 10, -38 + lift - lower), new(-68, 34, -66 + (0.7f * lift)), new(-48, 50, -100 + (0.5f * lift)),
            new(-14, 54, -108 + (0.5f * lift)), new(16, 46, -98 + (0.5f * lift)), new(32, 32, -90 + (0.5f * lift)),
        ];
        float[] radius = [31, 37, 33, 24, 19, 15, 10];
        double kind = random.NextDouble();
        var filling = kind < 0.2 ? Filling.Empty : kind < 0.55 ? Filling.Fluid : kind < 0.7 ? Filling.Contrast : Filling.Solid;
        float content = filling == Filling.Contrast ? (float)random.Uniform(120, 280) : filling == Filling.Fluid ? (float)random.Uniform(2, 22) : (float)random.Uniform(15, 60);
        if (filling == Filling.Empty)
            full = 0.7f;
        float level = random.Chance(0.85) ? (float)random.Uniform(38, 62) : float.PositiveInfinity;
        for (int i = 0; i < course.Length; i++)
            course[i] += new Vector3((float)random.NextGaussian(), (float)random.NextGaussian(), (float)random.NextGaussian()) * 4;
        for (int i = 0; i + 1 < course.Length; i++)
            organ.Add(course[i], course[i + 1], full * radius[i], full * radius[i + 1], filling, content, level);
        return organ;
    }

    /// <summary>Colon: up the right flank, across the front, down the left flank.</summary>
    internal static HollowOrgan Colon(RandomStream random, BodyFrame frame, Enhancement e)
    {
        var wall = new Tissue(e.BowelWall - 5, 6, 5, 0, PhantomOrgan.Bowel);
        var organ = new HollowOrgan(frame, PhantomOrgan.Bowel, wall, (float)random.Uniform(2, 3.2), (float)random.Uniform(3, 6));
        float lift = 0.5f * frame.Dome, sag = (float)random.Uniform(0, 55);
        float flank = 10 * frame.Traits.VisceralFat;
        Vector3[] course =
        [
            new(92 + flank, 12, -270), new(98 + flank, -4, -230), new(98 + flank, -14, -195), new(94 + flank, -6, -165 + lift), new(78, 24, -158 + lift),
            new(54, 56, -158 + lift - (0.4f * sag)), new(18, 72, -150 + lift - sag), new(-24, 74, -146 + lift - sag), new(-66, 60, -112 + lift - (0.4f * sag)),
            new(-92, 30, -84 + lift), new(-104 - flank, -6, -82 + lift), new(-108 - flank, -32, -116 + lift), new(-106 - flank, -28, -160), new(-104 - flank, -16, -210), new(-100 - flank, -4, -270),
        ];
        float caliber = (float)random.Uniform(0.8, 1.2);
        float level = float.PositiveInfinity;
        for (int i = 0; i + 1 < course.Length; i++)
        {
            const int pieces = 4;
            float fromBase = i < 4 ? 23 : i < 9 ? 19 : 14;
            for (int k = 0; k < pieces; k++)
            {
                if (random.Chance(0.3))
                    level = random.Chance(0.55) ? (float)random.Uniform(-8, 14) : float.PositiveInfinity;
                double pick = random.NextDouble();
                var filling = i < 4 ? (pick < 0.85 ? Filling.Solid : Filling.Gas) : i < 9 ? (pick < 0.5 ? Filling.Solid : pick < 0.8 ? Filling.Gas : Filling.Empty) : pick < 0.55 ? Filling.Solid : pick < 0.7 ? Filling.Gas : Filling.Empty;
                float t0 = k / (float)pieces, t1 = (k + 1) / (float)pieces;
                var a = Vector3.Lerp(course[i], course[i + 1], t0);
                var b = Vector3.Lerp(course[i], course[i + 1], t1);
                // Haustra: every piece bulges a little differently.
                float r = caliber * fromBase * (float)random.Uniform(0.78, 1.12) * (filling == Filling.Empty ? 0.7f : 1);
                organ.Add(a, b, r, r * (float)random.Uniform(0.85, 1.1), filling, (float)random.Uniform(15, 70), a.Y + level);
            }
        }

        return organ;
    }

    /// <summary>Small bowel: a long wandering tube that fills the middle and left of the lower abdomen.</summary>
    internal static HollowOrgan SmallBowel(RandomStream random, BodyFrame frame, Enhancement e)
    {
        var wall = new Tissue(e.BowelWall + 5, 7, 6, 0, PhantomOrgan.Bowel);
        var organ = new HollowOrgan(frame, PhantomOrgan.Bowel, wall, (float)random.Uniform(1.8, 2.8), (float)random.Uniform(0.8, 2));
        bool drank = random.Chance(0.2);
        // Duodenum around the head of the pancreas first.
        float z = -92 + (0.5f * frame.Dome);
        Vector3 at = new(36, 26, z);
        foreach (var next in (ReadOnlySpan<Vector3>)[new(46, 8, z - 10), new(44, -2, z - 40), new(30, -4, z - 62), new(-8, -2, z - 60), new(-30, 6, z - 44)])
        {
            organ.Add(at, next, 11, 11, random.Chance(0.5) ? Filling.Empty : Filling.Fluid, 12, float.PositiveInfinity);
            at = next;
        }

        var heading = new Vector3(-1, 0, -0.3f);
        int steps = 230;
        float gap = 1 + (8 * frame.Traits.VisceralFat);
        var visited = new List<Vector3> { at };
        float caliber = (float)random.Uniform(9.5, 12.5);
        var filling = Filling.Fluid;
        float content = 15, level = float.PositiveInfinity;
        for (int i = 0; i < steps; i++)
        {
            if (i % 5 == 0)
            {
                double pick = random.NextDouble();
                filling = pick < 0.4 ? Filling.Empty : pick < 0.85 ? (drank ? Filling.Contrast : Filling.Fluid) : Filling.Solid;
                content = filling == Filling.Contrast ? (float)random.Uniform(130, 300) : (float)random.Uniform(8, 28);
                level = random.Chance(0.22) ? (float)random.Uniform(-2, 6) : float.PositiveInfinity;
            }

            // Loops avoid each other and stay inside: the best of a few random turns.
            var best = heading;
            float bestScore = float.NegativeInfinity;
            for (int k = 0; k < 10; k++)
            {
                var turn = Vector3.Normalize(heading + (new Vector3((float)random.NextGaussian(), (float)random.NextGaussian(), (float)random.NextGaussian()) * 0.75f));
                float score = Room(frame, at + (turn * 14), visited, (2 * caliber) + gap);
                if (score > bestScore)
                    (best, bestScore) = (turn, score);
            }

            heading = best;
            var end = at + (heading * 14);
            float r = caliber * (filling == Filling.Empty ? 0.75f : 1) * (float)random.Uniform(0.88, 1.1);
            organ.Add(at, end, r, r, filling, content, at.Y + level);
            at = end;
            visited.Add(at);
        }

        return organ;
    }

    private static float Room(BodyFrame frame, Vector3 p, List<Vector3> visited, float separation)
    {
        float score = 0;
        for (int i = 0; i < visited.Count - 2; i++)
            score -= MathF.Max(0, separation - Vector3.Distance(p, visited[i]));
        float wall = -frame.CavityDistance(p) - 18;
        score += 3 * MathF.Min(0, wall);
        score += 3 * MathF.Min(0, p.Y + 22) + (3 * MathF.Min(0, -108 - p.Z)) + (3 * MathF.Min(0, p.Z + 240));
        score -= 1.5f * MathF.Max(0, MathF.Abs(p.X + 12) - 86);
        return score;
    }
}
