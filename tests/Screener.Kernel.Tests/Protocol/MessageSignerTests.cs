using System.Security.Cryptography;
using System.Text;
using Screener.Kernel.Protocol;

namespace Screener.Kernel.Tests.Protocol;

public sealed class MessageSignerTests
{
    // RFC 4231, test case 2, its text cut into four frames: a signature is that of the frames one after the other.
    [Fact]
    public void SignsAsTheStandardSays() => Assert.Equal(
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        Encoding.ASCII.GetString(new MessageSigner("Jefe").Sign("what do "u8, "ya want "u8, "for "u8, "nothing?"u8)));

    [Fact]
    public void EveryChangedByteIsSeen()
    {
        var signer = new MessageSigner("key");
        byte[][] frames = [.. ((string[])["{\"a\":1}", "{}", "{}", "{\"code\":\"1\"}"]).Select(Encoding.UTF8.GetBytes)];
        byte[] signature = signer.Sign(frames[0], frames[1], frames[2], frames[3]);
        Assert.True(Verify());
        foreach (byte[] frame in frames.Append(signature))
        {
            for (int i = 0; i < frame.Length; i++)
            {
                frame[i] ^= 1;
                Assert.False(Verify());
                frame[i] ^= 1;
            }
        }

        Assert.False(new MessageSigner("other").Verify(signature, frames[0], frames[1], frames[2], frames[3]));
        Assert.False(signer.Verify([], frames[0], frames[1], frames[2], frames[3]));
        Assert.False(signer.Verify(signature.AsSpan(0, 63), frames[0], frames[1], frames[2], frames[3]));

        bool Verify() => signer.Verify(signature, frames[0], frames[1], frames[2], frames[3]);
    }

    [Fact]
    public void AnEmptyKeyTurnsSignaturesOff()
    {
        var signer = new MessageSigner("");
        Assert.Empty(signer.Sign("a"u8, "b"u8, "c"u8, "d"u8));
        Assert.True(signer.Verify("anything"u8, "a"u8, "b"u8, "c"u8, "d"u8));
    }

    [Fact]
    public void AgreesWithTheFrameworksOwnHmacOnRandomFrames()
    {
        var random = new Random(7);
        for (int i = 0; i < 50; i++)
        {
            string key = new([.. Enumerable.Range(0, random.Next(1, 200)).Select(_ => (char)random.Next('!', '~'))]);
            byte[][] frames = [.. Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetBytes(random.Next(300)))];
            byte[] expected = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), (byte[])[.. frames.SelectMany(f => f)]);
            Assert.Equal(
                Convert.ToHexStringLower(expected),
                Encoding.ASCII.GetString(new MessageSigner(key).Sign(frames[0], frames[1], frames[2], frames[3])));
        }
    }
}
