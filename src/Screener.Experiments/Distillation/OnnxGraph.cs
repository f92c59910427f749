using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Screener.Distillation;

/// <summary>
/// A graph of operators in the Open Neural Network Exchange format, opset 17, written as protocol buffers: as much of the format as a
/// network of convolutions needs.
/// </summary>
/// <remarks>Members and their numbers: onnx.proto3 of ONNX 1.12 (IR version 8).</remarks>
internal sealed class OnnxGraph
{
    /// <summary>The version of the operators.</summary>
    internal const int Opset = 17;

    private const int IrVersion = 8;
    private readonly Message _graph = new();
    private readonly Message _inputs = new();
    private int _names;

    /// <summary>Adds an input of float32; the first axis is of any length.</summary>
    internal string Input(string name, params ReadOnlySpan<long> shape)
    {
        _inputs.Add(11, Value(name, shape));
        return name;
    }

    /// <summary>Names a result, and ends with it.</summary>
    internal void Output(string value, string name, params ReadOnlySpan<long> shape)
    {
        Node("Identity", [value], name);
        _inputs.Add(12, Value(name, shape));
    }

    /// <summary>Adds numbers that do not change.</summary>
    internal string Constant(ReadOnlySpan<float> values, params ReadOnlySpan<long> shape) =>
        Constant(1, MemoryMarshal.AsBytes(values), shape);

    /// <summary>Adds whole numbers that do not change, a vector.</summary>
    internal string Constant(params ReadOnlySpan<long> values) => Constant(7, MemoryMarshal.AsBytes(values), [values.Length]);

    /// <summary>Adds an operator with one result.</summary>
    /// <param name="type">Its name.</param>
    /// <param name="inputs">Values by name; an empty name leaves an optional one out.</param>
    /// <param name="attributes">Whole numbers, lists of them, numbers or texts.</param>
    /// <returns>The name of the result.</returns>
    internal string Apply(string type, IReadOnlyList<string> inputs, params (string Name, object Value)[] attributes) =>
        Node(type, inputs, $"v{_names++}", attributes);

    /// <summary>The file's bytes.</summary>
    /// <param name="description">What it computes, for people.</param>
    internal byte[] ToBytes(string description)
    {
        var graph = new Message().Add(_graph).Add(2, "screener").Add(10, description).Add(_inputs);
        var opset = new Message().Add(1, "").Add(2, Opset);
        return new Message().Add(1, IrVersion).Add(2, "Screener for .NET").Add(7, graph).Add(8, opset).ToArray();
    }

    private static Message Value(string name, ReadOnlySpan<long> shape)
    {
        var dimensions = new Message();
        foreach (long size in shape)
            dimensions.Add(1, size < 0 ? new Message().Add(2, "N") : new Message().Add(1, size));
        var type = new Message().Add(1, new Message().Add(1, 1).Add(2, dimensions));
        return new Message().Add(1, name).Add(2, type);
    }

    private string Constant(int type, ReadOnlySpan<byte> raw, ReadOnlySpan<long> shape)
    {
        if (!BitConverter.IsLittleEndian)
            throw new PlatformNotSupportedException("ONNX files hold little-endian numbers.");
        string name = $"c{_names++}";
        var tensor = new Message();
        foreach (long size in shape)
            tensor.Add(1, size);
        _graph.Add(5, tensor.Add(2, type).Add(8, name).Add(9, raw));
        return name;
    }

    private string Node(string type, IReadOnlyList<string> inputs, string output, params (string Name, object Value)[] attributes)
    {
        var node = new Message();
        foreach (string input in inputs)
            node.Add(1, input);
        node.Add(2, output).Add(4, type);
        foreach (var (name, value) in attributes)
        {
            var attribute = new Message().Add(1, name);
            switch (value)
            {
                case double number:
                    attribute.Add(2, (float)number).Add(20, 1);
                    break;
                case int number:
                    attribute.Add(3, number).Add(20, 2);
                    break;
                case string text:
                    attribute.Add(4, text).Add(20, 3);
                    break;
                default:
                    foreach (long number in (long[])value)
                        attribute.Add(8, number);
                    attribute.Add(20, 7);
                    break;
            }

            node.Add(5, attribute);
        }

        _graph.Add(1, node);
        return output;
    }

    /// <summary>The members of a message, each with its number and kind before it.</summary>
    private sealed class Message
    {
        private readonly MemoryStream _bytes = new();

        internal Message Add(Message members)
        {
            members._bytes.WriteTo(_bytes);
            return this;
        }

        internal Message Add(int member, long value)
        {
            Number((uint)member << 3);
            Number((ulong)value);
            return this;
        }

        internal Message Add(int member, float value)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(bytes, value);
            Number(((uint)member << 3) | 5);
            _bytes.Write(bytes);
            return this;
        }

        internal Message Add(int member, string text) => Add(member, Encoding.UTF8.GetBytes(text));

        internal Message Add(int member, Message message) => Add(member, message.ToArray());

        internal Message Add(int member, ReadOnlySpan<byte> bytes)
        {
            Number(((uint)member << 3) | 2);
            Number((ulong)bytes.Length);
            _bytes.Write(bytes);
            return this;
        }

        internal byte[] ToArray() => _bytes.ToArray();

        // Seven bits a byte, the lowest first.
        private void Number(ulong value)
        {
            for (; value > 127; value >>= 7)
                _bytes.WriteByte((byte)(value | 128));
            _bytes.WriteByte((byte)value);
        }
    }
}
