package dev.nereid.models.pytorch.script;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.aten.Argument;
import dev.nereid.models.pytorch.script.ScriptValue.DictValue;
import dev.nereid.models.pytorch.script.ScriptValue.ListValue;
import dev.nereid.models.pytorch.script.ScriptValue.Plain;
import dev.nereid.models.pytorch.script.ScriptValue.TupleValue;
import java.util.List;

/** Lists, tuples and dicts. */
final class Containers {
    private Containers() {}

    /** The items of a list or tuple, or the keys of a dict. */
    static List<ScriptValue> items(ScriptValue value) {
        return switch (value) {
            case ListValue list -> list.items;
            case TupleValue tuple -> tuple.items();
            case DictValue dict ->
                dict.entries.keySet().stream().<ScriptValue>map(Plain::new).toList();
            default -> throw new ModelFormatException("expected a list or tuple, got " + value.kind());
        };
    }

    /** An index as one from 0: negative ones count from the end. */
    static int index(long index, int size) {
        if (index < -size || index >= size) {
            throw new ModelFormatException("the index " + index + " is outside of a list of " + size);
        }
        return (int) (index < 0 ? index + size : index);
    }

    /** A bound of a slice as one in [0, size]. */
    static int bound(long bound, int size) {
        return Math.clamp(bound < 0 ? bound + size : bound, 0, size);
    }

    /** The item of a list, tuple, dict or text. */
    static ScriptValue item(ScriptValue of, ScriptValue index) {
        return switch (of) {
            case ListValue list
            when index instanceof Plain(Argument.OfInteger(long at)) -> list.items.get(index(at, list.items.size()));
            case TupleValue tuple
            when index instanceof Plain(Argument.OfInteger(long at)) ->
                tuple.items().get(index(at, tuple.items().size()));
            case DictValue dict
            when index instanceof Plain(Argument key) -> {
                ScriptValue value = dict.entries.get(key);
                if (value == null) {
                    throw new ModelRaisesException("the dict has no key " + key.kind());
                }
                yield value;
            }
            case Plain(Argument.OfText(String text))
            when index instanceof Plain(Argument.OfInteger(long at)) -> {
                int from = index(at, text.length());
                yield ScriptValue.of(text.substring(from, from + 1));
            }
            default -> throw new ModelFormatException("an item of " + of.kind() + " is read at " + index.kind());
        };
    }

    /** What an ATen operator is called with. */
    static Argument argument(ScriptValue value) {
        return switch (value) {
            case Plain(Argument argument) -> argument;
            case ListValue list ->
                new Argument.OfList(
                        list.items.stream().map(Containers::argument).toList());
            case TupleValue tuple ->
                new Argument.OfList(
                        tuple.items().stream().map(Containers::argument).toList());
            default -> throw new ModelFormatException("an operator is given " + value.kind());
        };
    }

    /** What an ATen operator gives back; its lists may be changed. */
    static ScriptValue value(Argument argument) {
        return argument instanceof Argument.OfList(List<Argument> items)
                ? ListValue.of(items.stream().map(Containers::value).toList())
                : new Plain(argument);
    }
}
