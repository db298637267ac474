package dev.nereid.models.pytorch.archive;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.archive.PickleValue.OfDict;
import dev.nereid.models.pytorch.archive.PickleValue.OfList;
import dev.nereid.models.pytorch.archive.PickleValue.OfObject;
import dev.nereid.models.pytorch.archive.PickleValue.OfTuple;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A reader of pickles of the protocols 2 to 4, for the opcodes that PyTorch writes. It builds plain values and calls
 * nothing: the functions that a pickle may name are forms of values here ({@link PickleGlobals}).
 */
final class Pickle {
    /** A pickle of the largest models takes some hundred thousand. */
    private static final int MOST_OPCODES = 8 << 20;

    private static final int NEWEST_PROTOCOL = 4;

    private final PickleInput input;
    private final String folder;
    private final List<PickleValue> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Integer, PickleValue> memo = new HashMap<>();

    private Pickle(MemorySegment bytes, String folder) {
        this.input = new PickleInput(bytes);
        this.folder = folder;
    }

    /**
     * The value of a pickle.
     *
     * @param folder where its storages are in the archive
     * @throws ModelFormatException if it holds anything but plain values, is damaged or too large
     */
    static PickleValue read(MemorySegment bytes, String folder) {
        PickleValue value = new Pickle(bytes, folder).run();
        PickleStructure.check(value);
        return value;
    }

    private PickleValue run() {
        for (int count = 0; count < MOST_OPCODES; count++) {
            int opcode = input.unsignedByte();
            if (opcode == '.') {
                PickleValue value = pop();
                if (!stack.isEmpty() || !marks.isEmpty()) {
                    throw new ModelFormatException("the pickle ends with more than one value");
                }
                return value;
            }
            step(opcode);
        }
        throw new ModelFormatException("the pickle has more than " + MOST_OPCODES + " opcodes");
    }

    private void step(int opcode) {
        switch (opcode) {
            case 0x80 -> protocol(input.unsignedByte());
            case 0x95 -> input.skip(Long.BYTES); // the length of a frame
            case '(' -> marks.add(stack.size());
            case 'N' -> push(PickleValue.none());
            case 0x88 -> push(new PickleValue.OfBoolean(true));
            case 0x89 -> push(new PickleValue.OfBoolean(false));
            case 'J' -> push(new PickleValue.OfInteger(input.signedInteger()));
            case 'K' -> push(new PickleValue.OfInteger(input.unsignedByte()));
            case 'M' -> push(new PickleValue.OfInteger(input.unsignedShort()));
            case 0x8a -> push(new PickleValue.OfInteger(input.longInteger()));
            case 'G' -> push(new PickleValue.OfReal(input.real()));
            case 'X' -> push(new PickleValue.OfText(input.text(input.length())));
            case 0x8c -> push(new PickleValue.OfText(input.text(input.unsignedByte())));
            case ')' -> push(new OfTuple(List.of()));
            case 't' -> push(new OfTuple(popToMark()));
            case 0x85 -> push(new OfTuple(pop(1)));
            case 0x86 -> push(new OfTuple(pop(2)));
            case 0x87 -> push(new OfTuple(pop(3)));
            case ']' -> push(new OfList());
            case 'a' -> append(pop(1));
            case 'e' -> append(popToMark());
            case '}' -> push(new OfDict());
            case 's' -> put(pop(2));
            case 'u' -> put(popToMark());
            case 'q' -> memo.put(input.unsignedByte(), top());
            case 'r' -> memo.put(input.length(), top());
            case 0x94 -> memo.put(memo.size(), top());
            case 'h' -> push(remembered(input.unsignedByte()));
            case 'j' -> push(remembered(input.length()));
            case 'c' -> push(PickleGlobals.allowed(input.line(), input.line()));
            case 0x93 -> push(global(pop(2)));
            case 'Q' -> push(PickleGlobals.storage(pop(), folder));
            case 'R' -> push(call(pop(2)));
            case 0x81 -> push(object(pop(2)));
            case 'b' -> build(pop());
            case '0' -> pop();
            case '2' -> push(top());
            default ->
                throw new ModelFormatException("the pickle has the opcode 0x" + Integer.toHexString(opcode)
                        + " at byte " + (input.position() - 1) + ", which a model's pickle does not have");
        }
    }

    private static void protocol(int protocol) {
        if (protocol < 2 || protocol > NEWEST_PROTOCOL) {
            throw new ModelFormatException(
                    "the pickle is of protocol " + protocol + ": expected 2 to " + NEWEST_PROTOCOL);
        }
    }

    private void push(PickleValue value) {
        stack.add(value);
    }

    private int bottom() {
        return marks.isEmpty() ? 0 : marks.getLast();
    }

    private PickleValue top() {
        if (stack.size() <= bottom()) {
            throw new ModelFormatException("the pickle takes a value where there is none, at byte " + input.position());
        }
        return stack.getLast();
    }

    private PickleValue pop() {
        PickleValue value = top();
        stack.removeLast();
        return value;
    }

    private List<PickleValue> pop(int count) {
        return popFrom(Math.max(stack.size() - count, 0), count);
    }

    private List<PickleValue> popToMark() {
        if (marks.isEmpty()) {
            throw new ModelFormatException("the pickle has no mark for what ends at byte " + input.position());
        }
        int from = marks.removeLast();
        return popFrom(from, stack.size() - from);
    }

    private List<PickleValue> popFrom(int from, int count) {
        if (from < bottom() || stack.size() - from < count) {
            throw new ModelFormatException("the pickle takes values where there are none, at byte " + input.position());
        }
        List<PickleValue> tail = stack.subList(from, stack.size());
        List<PickleValue> values = List.copyOf(tail);
        tail.clear();
        return values;
    }

    private PickleValue remembered(int index) {
        PickleValue value = memo.get(index);
        if (value == null) {
            throw new ModelFormatException("the pickle refers to its value " + index + ", which is not there");
        }
        return value;
    }

    private void append(List<PickleValue> items) {
        if (!(top() instanceof OfList list)) {
            throw new ModelFormatException("the pickle appends to " + top().kind());
        }
        items.forEach(list::add);
    }

    private void put(List<PickleValue> pairs) {
        if (!(top() instanceof OfDict dict) || pairs.size() % 2 != 0) {
            throw new ModelFormatException("the pickle puts " + pairs.size() + " keys and values into " + top().kind());
        }
        for (int i = 0; i < pairs.size(); i += 2) {
            dict.put(key(pairs.get(i)), pairs.get(i + 1));
        }
    }

    /** A value that may be a key of a dict. */
    static PickleValue key(PickleValue value) {
        return switch (value) {
            case PickleValue.OfText _, PickleValue.OfInteger _, PickleValue.OfReal _, PickleValue.OfBoolean _ -> value;
            default -> throw new ModelFormatException("the pickle has a dict with the key " + value.kind());
        };
    }

    private static PickleValue global(List<PickleValue> names) {
        if (names.get(0) instanceof PickleValue.OfText(String module)
                && names.get(1) instanceof PickleValue.OfText(String name)) {
            return PickleGlobals.allowed(module, name);
        }
        throw new ModelFormatException(
                "the pickle names a class by " + names.get(0).kind());
    }

    private static PickleValue call(List<PickleValue> functionAndArguments) {
        return PickleGlobals.call(functionAndArguments.get(0), functionAndArguments.get(1));
    }

    private static PickleValue object(List<PickleValue> classAndArguments) {
        if (classAndArguments.get(0) instanceof PickleValue.Global global
                && PickleGlobals.isScriptClass(global)
                && classAndArguments.get(1).equals(new OfTuple(List.of()))) {
            return new OfObject(global.toString());
        }
        throw new ModelFormatException("the pickle makes an object of "
                + classAndArguments.get(0).kind() + ": expected a TorchScript class without arguments");
    }

    /** Gives an object its state. An ordered dict may have attributes, which say nothing about a model. */
    private void build(PickleValue state) {
        switch (top()) {
            case OfObject object when object.state().isEmpty() -> object.state(state);
            case OfDict _ -> {}
            default -> throw new ModelFormatException("the pickle gives a state to " + top().kind());
        }
    }
}
