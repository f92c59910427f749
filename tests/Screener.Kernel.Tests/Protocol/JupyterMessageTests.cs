using System.Text;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Tests.Protocol;

public sealed class JupyterMessageTests
{
    private static readonly MessageSigner Signer = new(DamagedFrames.Key);

    [Fact]
    public void ASoundMessageIsReadAsItWasSent()
    {
        var frames = DamagedFrames.Sound("execute_request", "{\"code\":\"é\"}", "id-7");
        frames.Insert(0, "identity"u8.ToArray());
        frames.Add("a buffer"u8.ToArray());
        var message = JupyterMessage.Parse(frames, Signer);
        Assert.Equal(new MessageHeader("id-7", "session", "execute_request", "tester"), message.Header);
        Assert.Equal("é", message.Content.GetProperty("code").GetString());
        Assert.Equal("identity", Encoding.UTF8.GetString(Assert.Single(message.Identities)));
        Assert.Null(message.ParentId);

        var answer = JupyterMessage.Parse(
            JupyterMessage.Frames(
                message.Identities, MessageHeader.Of("execute_reply", "s", "u"), message.HeaderFrame, "{}"u8.ToArray(), Signer), Signer);
        Assert.Equal("id-7", answer.ParentId);
    }

    [Theory]
    [InlineData("no delimiter")]
    [InlineData("no content")]
    [InlineData("wrong key")]
    [InlineData("no JSON")]
    [InlineData("array")]
    [InlineData("no id")]
    [InlineData("endless header")]
    [InlineData("many frames")]
    public void ADamagedMessageIsRefusedAndSaysWhy(string damage)
    {
        var frames = DamagedFrames.Sound("execute_request", "{}");
        string expected = damage;
        switch (damage)
        {
            case "no delimiter":
                frames[0] = "<IDS>"u8.ToArray();
                expected = "delimiter";
                break;
            case "no content":
                frames.RemoveAt(5);
                expected = "4 frames after";
                break;
            case "wrong key":
                frames = DamagedFrames.Sound("execute_request", "{}", key: "another");
                expected = "wrong signature";
                break;
            case "no JSON":
                Replace(5, "{\"code\":");
                expected = "content: no JSON";
                break;
            case "array":
                Replace(2, "[]");
                expected = "header: Array";
                break;
            case "no id":
                Replace(2, "{\"session\":\"s\",\"msg_type\":\"t\"}");
                expected = "no 'msg_id'";
                break;
            case "endless header":
                Replace(2, $$"""{"msg_id":"{{new string('x', 1001)}}","session":"s","msg_type":"t"}""");
                expected = "1001 characters";
                break;
            default:
                frames.AddRange(Enumerable.Repeat(Array.Empty<byte>(), JupyterMessage.MostFrames));
                expected = "frames; expected at most";
                break;
        }

        Assert.Contains(
            expected, Assert.Throws<ProtocolException>(() => JupyterMessage.Parse(frames, Signer)).Message, StringComparison.Ordinal);

        void Replace(int at, string text)
        {
            frames[at] = Encoding.UTF8.GetBytes(text);
            frames[1] = Signer.Sign(frames[2], frames[3], frames[4], frames[5]);
        }
    }

    // Nothing but a ProtocolException may come of damage, whether or not the sender knows the key.
    [Theory]
    [InlineData(DamagedFrames.Key)]
    [InlineData("")]
    public void ThousandsOfDamagedMessagesAreReadOrRefused(string key)
    {
        var random = new Random(20250208);
        var signer = new MessageSigner(key);
        int read = 0, refused = 0;
        for (int i = 0; i < 4000; i++)
        {
            try
            {
                JupyterMessage.Parse(DamagedFrames.Random(random, key), signer);
                read++;
            }
            catch (ProtocolException)
            {
                refused++;
            }
        }

        Assert.True(read > 50 && refused > 1000, $"{read} read, {refused} refused");
    }

    [Fact]
    public void TheReplayGuardForgetsOnlyWhatIsOld()
    {
        var guard = new ReplayGuard(capacity: 3);
        Assert.True(guard.IsNew("a"u8) && guard.IsNew("b"u8) && guard.IsNew("c"u8));
        Assert.False(guard.IsNew("a"u8));
        Assert.True(guard.IsNew("d"u8));
        Assert.True(guard.IsNew("a"u8));
        Assert.False(guard.IsNew("c"u8));
        Assert.True(guard.IsNew([]) && guard.IsNew([]));
    }
}
