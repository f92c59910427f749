using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using Screener.Errors;

namespace Screener.PyTorch;

/// <summary>
/// Reads a pickle of protocols 2 to 5 as data. A pickle is a program for a stack machine; of its instructions those that torch.save
/// writes are understood, names are looked up in a given list, and nothing is imported or executed.
/// </summary>
/// <remarks>
/// What is made with a name that is not on the list becomes a <see cref="PickleRefused"/>: a training's state beside the weights may
/// hold anything, and only whoever asks for a value needs to know whether it could be read. No recursion; counts are checked against what
/// is left before anything is made, and whatever looks at a value again, which costs a program two bytes, is charged by the value's size.
/// </remarks>
internal ref struct PickleReader
{
    /// <summary>More values than any checkpoint of these networks has with its optimiser's state, a hundred times over.</summary>
    internal const int MaxValues = 2_000_000;

    // What a container, or an object that a call makes, takes beside its contents, and the letters that take as much as a value.
    private const int ContainerCharge = 8, LettersPerCharge = 16;

    private const int MaxName = 256, MaxRefused = 1000;
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private readonly string _file;
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly Func<string, PickleGlobal?> _global;
    private readonly Func<object?, object?> _persistent;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly Dictionary<string, PickleRefused> _refused = [];
    private int _at;
    private int _values;

    private PickleReader(string file, ReadOnlySpan<byte> bytes, Func<string, PickleGlobal?> global, Func<object?, object?> persistent)
    {
        _file = file;
        _bytes = bytes;
        _global = global;
        _persistent = persistent;
    }

    /// <summary>Reads one pickle.</summary>
    /// <param name="file">For messages.</param>
    /// <param name="bytes">The pickle.</param>
    /// <param name="global">The meaning of "module.name"; null if it is refused.</param>
    /// <param name="persistent">The value behind a persistent id.</param>
    /// <returns>null, bool, long, BigInteger, double, string, byte[], or a value of <c>PickleValues.cs</c>, or what the two functions
    /// gave.</returns>
    /// <exception cref="RefusedGlobalException">The value itself is made with a name that is not on the list.</exception>
    /// <exception cref="TorchFileException">The pickle is damaged or uses an instruction that torch.save does not.</exception>
    internal static object? Read(
        string file, ReadOnlySpan<byte> bytes, Func<string, PickleGlobal?> global, Func<object?, object?> persistent) =>
        new PickleReader(file, bytes, global, persistent).Run();

    private object? Run()
    {
        if (Byte() != 0x80 || Byte() is not (>= 2 and <= 5))
            throw Damage("no pickle of protocol 2 to 5");
        while (true)
        {
            byte code = Byte();
            switch (code)
            {
                case (byte)'.':
                    if (_stack.Count != 1 || _marks.Count != 0)
                        throw Damage("a pickle that ends with more or less than one value");
                    return _stack[0] is PickleRefused refused ? throw new RefusedGlobalException(_file, refused.Name) : _stack[0];
                case 0x95: // FRAME: a hint for readers of streams.
                    Take(8);
                    break;
                case (byte)'(':
                    _marks.Add(_stack.Count);
                    Count();
                    break;
                case (byte)'0':
                    Pop();
                    break;
                case (byte)'1':
                    PopToMark();
                    break;
                case (byte)'2':
                    Push(Top());
                    break;
                case (byte)'N':
                    Push(null);
                    break;
                case 0x88 or 0x89:
                    Push(code == 0x88);
                    break;
                case (byte)'K':
                    Push((long)Byte());
                    break;
                case (byte)'M':
                    Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                    break;
                case (byte)'J':
                    Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                    break;
                case 0x8a:
                    Push(Whole(Take(Byte())));
                    break;
                case 0x8b: // LONG4, of which no honest file needs more than LONG1's 255 bytes.
                    uint length = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
                    Push(Whole(Take(length <= 255 ? length : throw Damage($"a number of {length} bytes"))));
                    break;
                case (byte)'G':
                    Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                    break;
                case 0x8c:
                    Push(Text(Byte()));
                    break;
                case (byte)'X':
                    Push(Text(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))));
                    break;
                case 0x8d:
                    Push(Text(BinaryPrimitives.ReadUInt64LittleEndian(Take(8))));
                    break;
                case (byte)'C':
                    Push(Take(Byte()).ToArray());
                    break;
                case (byte)'B':
                    Push(Take(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))).ToArray());
                    break;
                case 0x8e or 0x96:
                    Push(Take(BinaryPrimitives.ReadUInt64LittleEndian(Take(8))).ToArray());
                    break;
                case (byte)')':
                    PushContainer(new PickleTuple([]));
                    break;
                case 0x85 or 0x86 or 0x87:
                    Push(new PickleTuple(Pop(code - 0x84)));
                    break;
                case (byte)'t':
                    Push(new PickleTuple(PopToMark()));
                    break;
                case (byte)']' or 0x8f:
                    PushContainer(new PickleList());
                    break;
                case (byte)'a':
                    Add([Pop()]);
                    break;
                case (byte)'e' or 0x90:
                    Add(PopToMark());
                    break;
                case 0x91:
                    FrozenSet();
                    break;
                case (byte)'}':
                    PushContainer(new PickleDictionary());
                    break;
                case (byte)'s':
                    Set(Pop(2));
                    break;
                case (byte)'u':
                    Set(PopToMark());
                    break;
                case (byte)'q':
                    Remember(Byte());
                    break;
                case (byte)'r':
                    Remember(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));
                    break;
                case 0x94:
                    Remember((uint)_memo.Count);
                    break;
                case (byte)'h':
                    Recall(Byte());
                    break;
                case (byte)'j':
                    Recall(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)));
                    break;
                case (byte)'c':
                    Global(Line(), Line());
                    break;
                case 0x93:
                    string name = PopText();
                    Global(PopText(), name);
                    break;
                case (byte)'R':
                    Call();
                    break;
                case 0x81 or 0x92:
                    Push(Pop(code == 0x81 ? 2 : 3)[0] as PickleRefused ?? throw Unknown(code));
                    break;
                case (byte)'b':
                    Build();
                    break;
                case (byte)'Q':
                    object? id = Pop();
                    Charge(Size(id));
                    Push(RefusedIn(id) ?? _persistent(id));
                    break;
                default:
                    throw Unknown(code);
            }
        }
    }

    private void Push(object? value)
    {
        Count();
        _stack.Add(value);
    }

    private void PushContainer(object container)
    {
        Charge(ContainerCharge);
        Push(container);
    }

    private void Count() => Charge(1);

    private void Charge(int values)
    {
        if ((_values += values) > MaxValues)
            throw Damage($"more than {MaxValues} values");
    }

    /// <summary>What it costs to look at all of a value, but not into what it holds: an argument of a call, a key.</summary>
    private static int Size(object? value) => value switch
    {
        string text => text.Length / LettersPerCharge,
        PickleTuple tuple => tuple.Items.Length,
        PickleList list => list.Items.Count,
        _ => 0,
    };

    private readonly object? Top() => _stack.Count > Floor() ? _stack[^1] : throw Damage("an instruction without its operand");

    private readonly object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private readonly object?[] Pop(int count)
    {
        if (_stack.Count - Floor() < count)
            throw Damage("an instruction without its operands");
        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private readonly object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw Damage("a group without its beginning");
        object?[] values = Pop(_stack.Count - _marks[^1]);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    // Values before the last mark belong to an unfinished group.
    private readonly int Floor() => _marks.Count == 0 ? 0 : _marks[^1];

    private readonly string PopText() => Pop() as string ?? throw Damage("a name that is no string");

    private readonly void Add(object?[] values)
    {
        if (Top() is PickleRefused)
            return;
        if (Top() is not PickleList list)
            throw Damage("elements for what is no list");
        list.Items.AddRange(values);
    }

    private void FrozenSet()
    {
        var set = new PickleList();
        set.Items.AddRange(PopToMark());
        Push(set);
    }

    private void Set(object?[] pairs)
    {
        if (Top() is PickleRefused)
            return;
        if (Top() is not PickleDictionary dictionary || pairs.Length % 2 != 0)
            throw Damage("keys and values for what is no dictionary");
        for (int i = 0; i < pairs.Length; i += 2)
        {
            Charge(Size(pairs[i]));
            dictionary.Set(pairs[i], pairs[i + 1]);
        }
    }

    private void Remember(uint key)
    {
        Count();
        _memo[key] = Top();
    }

    private void Recall(uint key) => Push(_memo.TryGetValue(key, out object? value) ? value : throw Damage("a reference to nothing"));

    private void Global(string module, string name)
    {
        if (module.Length + name.Length > MaxName)
            throw Damage($"a name of {module.Length + name.Length} letters");
        string full = $"{module}.{name}";
        if (_refused.TryGetValue(full, out var refused) || _global(full) is not { } known)
            Push(refused ?? Refuse(full));
        else
            Push(known);
    }

    private readonly PickleRefused Refuse(string name)
    {
        if (_refused.Count == MaxRefused)
            throw Damage($"more than {MaxRefused} names of what is no tensor");
        return _refused[name] = new PickleRefused(name);
    }

    private void Call()
    {
        object? arguments = Pop(), callee = Pop();
        Charge(ContainerCharge + Size(arguments));
        foreach (object? argument in (arguments as PickleTuple)?.Items ?? [])
            Charge(Size(argument));
        if ((RefusedIn(callee) ?? RefusedIn(arguments)) is { } refused)
        {
            Push(refused);
            return;
        }

        if (callee is not PickleGlobal { Call: { } call } || arguments is not PickleTuple tuple)
            throw Damage($"a call of {(callee is PickleGlobal g ? g.Name : "what is no function")}");
        try
        {
            Push(call(tuple.Items));
        }
        catch (InvalidDataException e)
        {
            throw Damage(e.Message);
        }
    }

    // The only attribute that torch.save gives is the version table of an OrderedDict.
    private readonly void Build()
    {
        Pop();
        if (Top() is not (PickleDictionary or PickleRefused))
            throw Damage("attributes for what is no dictionary");
    }

    private static PickleRefused? RefusedIn(object? value) => value as PickleRefused
        ?? (value as PickleTuple)?.Items.OfType<PickleRefused>().FirstOrDefault();

    private static object Whole(ReadOnlySpan<byte> littleEndian)
    {
        var value = new BigInteger(littleEndian);
        return value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value;
    }

    private string Text(ulong length)
    {
        try
        {
            return Utf8.GetString(Take(length));
        }
        catch (DecoderFallbackException)
        {
            throw Damage("a string that is no UTF-8");
        }
    }

    private string Line()
    {
        var rest = _bytes[_at..Math.Min(_bytes.Length, _at + MaxName)];
        int length = rest.IndexOf((byte)'\n');
        if (length < 0)
            throw Damage("a name without an end");
        string line = Text((ulong)length);
        _at++;
        return line;
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_bytes.Length - _at))
            throw Damage("an end in the middle");
        var taken = _bytes.Slice(_at, (int)count);
        _at += (int)count;
        return taken;
    }

    private readonly TorchFileException Unknown(byte code) => Damage($"the instruction 0x{code:x2}, which torch.save does not write,");

    private readonly TorchFileException Damage(string what) =>
        new(_file, $"{what} at byte {_at} of its pickle", "a pickle that torch.save wrote",
            "Fetch the file again, or save the state dict alone.");
}
