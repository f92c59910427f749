using System.Text;
using Screener.Imaging.Dicom;
using B = Screener.Tests.Imaging.Dicom.DicomFileBuilder;

namespace Screener.Tests.Imaging.Dicom;

/// <summary>Texts in the character sets of the standard. The bytes were encoded by pydicom, or stand in PS3.5 annexes H to K.</summary>
public sealed class SpecificCharacterSetTests
{
    [Theory]
    [InlineData("\\ISO 2022 IR 87", "1b2442363b497443313d631b2842204354", "胸部単純 CT")]
    [InlineData("ISO 2022 IR 13\\ISO 2022 IR 87", "1b2949d4cfc0de1b284a201b24423b3345441b284a", "ﾔﾏﾀﾞ 山田")]
    [InlineData("\\ISO 2022 IR 87\\ISO 2022 IR 159", "1b2442363b49741b2842201b2428446c3f30216d631b2842", "胸部 鷗丂龥")]
    [InlineData("ISO_IR 13", "d1c8", "ﾑﾈ")]
    [InlineData("\\ISO 2022 IR 149", "1b242943b0a1bdbf20435420c8e4bace", "가슴 CT 흉부")]
    [InlineData("\\ISO 2022 IR 58", "1b242941d0d8b2bf20435420cdf5", "胸部 CT 王")]
    [InlineData("\\ISO 2022 IR 58", "d0d8b2bf20435420cdf5", "胸部 CT 王")]
    [InlineData("GB18030", "d0d8b2bfc6bdc9a8", "胸部平扫")]
    [InlineData("GBK", "d0d8b2bfc6bdc9a8", "胸部平扫")]
    [InlineData("ISO_IR 144", "b3e0e3d4ec", "Грудь")]
    [InlineData("ISO-IR 144", "b3e0e3d4ec", "Грудь")]
    [InlineData("ISO 2022 IR 100\\ISO 2022 IR 144", "1b2d41e9201b2d4cb3e0e3d4ec201b2d41e9", "é Грудь é")]
    [InlineData("ISO_IR 101", "42727a7563683a20bff3b3e6", "Brzuch: żółć")]
    [InlineData("ISO_IR 126", "c8fef1e1eae1f2", "Θώρακας")]
    [InlineData("ISO_IR 127", "d5cfd1", "صدر")]
    [InlineData("ISO_IR 138", "e7e6e4", "חזה")]
    [InlineData("ISO_IR 148", "47f6f0fc7320fdfe", "Göğüs ış")]
    [InlineData("ISO_IR 166", "b7c3c7a7cda1", "ทรวงอก")]
    [InlineData("ISO_IR 100", "54686f726178206efc63687465726e", "Thorax nüchtern")]
    [InlineData("ISO_IR 192", "e883b8e983a820d093d180d183d0b4d18c", "胸部 Грудь")]
    [InlineData("", "54686f726178206efc63687465726e", "Thorax nüchtern")]
    [InlineData("", "e883b8", "胸")]
    [InlineData("NO SUCH SET", "e883b8", "胸")]
    [InlineData("ISO_IR 192", "41ff42", "A\uFFFDB")]
    public void TextIsDecodedByTheDeclaredSet(string declared, string hex, string expected)
    {
        byte[] bytes = Convert.FromHexString(hex);
        Assert.Equal(expected, SpecificCharacterSet.Decode(bytes, Encoding.ASCII.GetBytes(declared)));
        byte[] even = bytes.Length % 2 == 0 ? bytes : [.. bytes, (byte)' '];
        var (header, _) = B.Decode(new B().Text(0x0008_0005, "CS", declared).Element(0x0008_103E, "LO", even).ToBytes());
        Assert.Equal(expected, header.Description);
    }

    [Theory]
    [InlineData("1b")]
    [InlineData("1b24")]
    [InlineData("1b2442")]
    [InlineData("1b244236")]
    [InlineData("1b24284436")]
    [InlineData("1b2944ff")]
    public void DamagedEscapesAreNoError(string hex) =>
        Assert.NotNull(SpecificCharacterSet.Decode(Convert.FromHexString(hex), "\\ISO 2022 IR 87"u8));
}
