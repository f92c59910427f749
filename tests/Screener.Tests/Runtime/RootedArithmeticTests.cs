using System.Reflection;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Screener.Evaluation;
using Screener.Runtime;
using TorchSharp;
using static TorchSharp.torch;

namespace Screener.Tests.Runtime;

public sealed class RootedArithmeticTests
{
    [Fact]
    public void ItIsThatOfTheOperators()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new float[] { 1.5f, -2, 3.25f });
        var b = tensor(new float[] { 0.5f, 7, -1 });
        Assert.Equal([2f, 5, 2.25f], a.Plus(b).data<float>().ToArray());
        Assert.Equal([2f, -1.5f, 3.75f], a.Plus(0.5).data<float>().ToArray());
        Assert.Equal([2.5f, 12, 1.25f], a.Plus(b, 2).data<float>().ToArray());
        Assert.Equal([1f, -2.5f, 2.75f], a.Minus(0.5).data<float>().ToArray());
        Assert.Equal([3f, -4, 6.5f], a.Times(2).data<float>().ToArray());
        Assert.Equal([0.75f, -1, 1.625f], a.Over(2).data<float>().ToArray());
        Assert.Equal([1.5f, 0, 2], a.AtLeast(0).AtMost(2).data<float>().ToArray());
        Assert.Equal([1.5f, 9, 3.25f], a.Filled(a.lt(b), 9).data<float>().ToArray());
        Assert.Equal(ScalarType.Int64, RootedArithmetic.Range(4, 7, CPU).Times(2).dtype);
        Assert.Equal([2.25f, 4, 10.5625f], a.Squared().data<float>().ToArray());
        Assert.Equal([4L, 5, 6], RootedArithmetic.Range(4, 7, CPU).data<long>().ToArray());
        Assert.Same(a, a.Increase(b));
        Assert.Equal([2f, 5, 2.25f], a.data<float>().ToArray());
        Assert.Same(a, a.Multiply(4).Divide(2));
        Assert.Equal([4f, 10, 4.5f], a.data<float>().ToArray());
        Assert.Same(a, a.Fill(7));
        Assert.Equal([7f, 7, 7], a.data<float>().ToArray());
    }

    /// <summary>
    /// A number made within a call may be freed under it: once in hours, as a crash or a wrong result. Nobody sees that in a review.
    /// </summary>
    [Fact]
    public void TheLibraryCallsNothingOfTorchSharpThatMakesNumbersOnItsOwn()
    {
        var torch = CallsIn(typeof(Tensor).Assembly).ToList();
        var unsafeCalls = torch.Where(c => IsImplicit(c.Callee)).Select(c => c.Caller).ToHashSet();
        for (int before = 0; before != unsafeCalls.Count;)
        {
            before = unsafeCalls.Count;
            unsafeCalls.UnionWith(torch.Where(c => unsafeCalls.Contains(c.Callee)).Select(c => c.Caller));
        }

        Assert.Contains(typeof(Tensor).GetMethod("op_Addition", [typeof(Tensor), typeof(Tensor)])!, unsafeCalls);
        Assert.Contains(typeof(Tensor).GetMethod("square", [])!, unsafeCalls);
        Assert.DoesNotContain(typeof(Tensor).GetMethod("op_Multiply", [typeof(Tensor), typeof(Tensor)])!, unsafeCalls);
        var calls = CallsIn(typeof(Number).Assembly).Concat(CallsIn(typeof(EvaluationOptions).Assembly)).ToList();
        Assert.Contains(calls, c => c.Callee == typeof(Tensor).GetMethod("add", [typeof(Tensor), typeof(Scalar)]));
        Assert.Contains(calls, c => IsMadeHere(c.Callee));
        var found = calls.Where(
            c => ((IsImplicit(c.Callee) || unsafeCalls.Contains(c.Callee)) && c.Caller.DeclaringType != typeof(Number))
                || (IsMadeHere(c.Callee) && c.Caller.DeclaringType != typeof(RootedArithmetic))).Select(
                c => $"{c.Caller.DeclaringType}.{c.Caller.Name} calls {c.Callee.DeclaringType}.{c.Callee}").Distinct();
        Assert.Empty(found);
    }

    private static bool IsImplicit(MethodBase method) =>
        (method.DeclaringType == typeof(Scalar) && method.Name == "op_Implicit")
            || (method.DeclaringType?.Name == "ScalarExtensionMethods" && method.Name == "ToScalar");

    // RootedArithmetic alone makes numbers, and holds them during the call.
    private static bool IsMadeHere(MethodBase method) => method.DeclaringType == typeof(Number) && method.Name == nameof(Number.ToScalar);

    // Every place that reads like a call, a virtual call or a constructor's; a constant that reads like one is possible and does no harm.
    private static IEnumerable<(MethodBase Caller, MethodBase Callee)> CallsIn(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var reader = System.Reflection.Metadata.PEReaderExtensions.GetMetadataReader(file);
        foreach (var handle in reader.MethodDefinitions)
        {
            int address = reader.GetMethodDefinition(handle).RelativeVirtualAddress;
            if (address == 0 || Resolve(MetadataTokens.GetToken(handle), null) is not { } caller)
                continue;
            byte[] code = System.Reflection.Metadata.PEReaderExtensions.GetMethodBody(file, address).GetILBytes()!;
            for (int i = 0; i + 5 <= code.Length; i++)
            {
                int token = BitConverter.ToInt32(code, i + 1);
                if (code[i] is 0x28 or 0x6f or 0x73 && token >> 24 is 0x06 or 0x0a or 0x2b && Resolve(token, caller) is { } callee)
                    yield return (caller, callee);
            }
        }

        MethodBase? Resolve(int token, MethodBase? within)
        {
            try
            {
                return assembly.ManifestModule.ResolveMethod(
                    token, within?.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null,
                    within is { IsGenericMethod: true } ? within.GetGenericArguments() : null);
            }
            catch (Exception e) when (e is ArgumentException or BadImageFormatException or FileNotFoundException or TypeLoadException
                or MissingMemberException or FileLoadException)
            {
                return null;
            }
        }
    }
}
