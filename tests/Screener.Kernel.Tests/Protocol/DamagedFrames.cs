using System.Text;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Tests.Protocol;

/// <summary>Makes messages, whole ones and every kind of damaged ones.</summary>
internal static class DamagedFrames
{
    internal const string Key = "a-key-of-the-tests";

    private static readonly string[] Junk =
    [
        "", "{", "[]", "null", "\"x\"", "1e999", "{\"msg_id\":1}", "{\"a\":1,}", "\uFEFF{}", "{}{}",
        "{\"msg_id\":\"\\ud800\",\"session\":\"s\",\"msg_type\":\"t\"}",
        new('[', 5000), new string('{', 10) + "\"a\":",
        "{\"msg_id\":\"" + new string('x', 5000) + "\",\"session\":\"s\",\"msg_type\":\"t\"}", "\0\0\0", "<IDS|MSG>",
    ];

    /// <summary>A sound message's frames, without identities.</summary>
    internal static List<byte[]> Sound(string type, string content, string? id = null, string key = Key)
    {
        var header = new MessageHeader(id ?? Guid.NewGuid().ToString(), "session", type, "tester");
        return [.. JupyterMessage.Frames([], header, default, Encoding.UTF8.GetBytes(content), new MessageSigner(key))];
    }

    /// <summary>A message with one to three random damages. Some are signed again, so that they get past the signature.</summary>
    internal static List<byte[]> Random(Random random, string key = Key)
    {
        string[] types = ["execute_request", "complete_request", "inspect_request", "history_request", "is_complete_request", "comm_open",
            "kernel_info_request", "nonsense", ""];
        string[] contents =
        [
            "{}", "{\"code\":\"1\"}", "{\"code\":5,\"silent\":\"yes\"}", "{\"code\":null}", "{\"code\":\"\\ud800\",\"cursor_pos\":-4}",
            "{\"code\":\"\U0001F600\",\"cursor_pos\":99999999999}",
            "{\"user_expressions\":[1]}", "{\"user_expressions\":{\"a\":{}}}", "{\"code\":\"a\",\"code\":\"b\"}",
            "{\"hist_access_type\":7,\"n\":-1,\"pattern\":\"***\"}", "{\"comm_id\":{}}",
        ];
        var frames = Sound(types[random.Next(types.Length)], contents[random.Next(contents.Length)], key: key);
        for (int damages = random.Next(1, 4); damages > 0 && frames.Count > 0; damages--)
            Damage(frames, random);
        if (random.Next(2) == 0 && frames.FindIndex(f => f.AsSpan().SequenceEqual("<IDS|MSG>"u8)) is >= 0 and var at
            && frames.Count >= at + 6)
            frames[at + 1] = new MessageSigner(key).Sign(frames[at + 2], frames[at + 3], frames[at + 4], frames[at + 5]);
        return frames;
    }

    private static void Damage(List<byte[]> frames, Random random)
    {
        int at = random.Next(frames.Count);
        switch (random.Next(8))
        {
            case 0:
                frames.RemoveAt(at);
                break;
            case 1:
                frames.Insert(at, frames[random.Next(frames.Count)]);
                break;
            case 2:
                frames[at] = Encoding.UTF8.GetBytes(Junk[random.Next(Junk.Length)]);
                break;
            case 3:
                byte[] noise = new byte[random.Next(2000)];
                random.NextBytes(noise);
                frames[at] = noise;
                break;
            case 4 when frames[at].Length > 0:
                frames[at] = [.. frames[at]];
                frames[at][random.Next(frames[at].Length)] ^= (byte)(1 << random.Next(8));
                break;
            case 5 when frames[at].Length > 0:
                frames[at] = frames[at][..random.Next(frames[at].Length)];
                break;
            case 6:
                frames.AddRange(Enumerable.Repeat("{}"u8.ToArray(), random.Next(1, 1500)));
                break;
            default:
                (frames[at], frames[0]) = (frames[0], frames[at]);
                break;
        }
    }
}
