package dev.nereid.models.pytorch.script;

import dev.nereid.models.pytorch.archive.PickleValue;
import dev.nereid.models.pytorch.aten.Argument;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a variable of the code holds while the graph is written. Lists, dicts and objects may be changed, and have an identity. */
sealed interface ScriptValue {
    /** A tensor, number, text, device or None. */
    record Plain(Argument argument) implements ScriptValue {}

    final class ListValue implements ScriptValue {
        final List<ScriptValue> items = new ArrayList<>();

        static ListValue of(List<? extends ScriptValue> items) {
            ListValue list = new ListValue();
            list.items.addAll(items);
            return list;
        }
    }

    /**
     * A tuple.
     *
     * @param names of the items of a NamedTuple; empty for others
     */
    record TupleValue(List<ScriptValue> items, List<String> names) implements ScriptValue {
        public TupleValue {
            items = List.copyOf(items);
            names = List.copyOf(names);
        }

        static TupleValue of(List<? extends ScriptValue> items) {
            return new TupleValue(List.copyOf(items), List.of());
        }
    }

    /** A dict in its order. */
    final class DictValue implements ScriptValue {
        final Map<Argument, ScriptValue> entries = new LinkedHashMap<>();
    }

    /** An object: a module, or one that the code makes. */
    final class ObjectValue implements ScriptValue {
        final String className;
        /** Where it is in the model, such as {@code layers.0}; empty for the model itself. */
        final String path;
        /** What is read or set already. */
        final Map<String, ScriptValue> attributes = new LinkedHashMap<>();
        /** What the file has, and nothing has read. */
        final Optional<PickleValue.OfObject> stored;

        ObjectValue(String className, String path, Optional<PickleValue.OfObject> stored) {
            this.className = className;
            this.path = path;
            this.stored = stored;
        }
    }

    /** A member of an enumeration. */
    record Enumeration(String className, String name, ScriptValue value) implements ScriptValue {}

    /** A function or class of the code, by its full name. */
    record Callable(String name) implements ScriptValue {}

    /** What must not be read, and why. */
    record Unset(String why) implements ScriptValue {}

    static ScriptValue none() {
        return new Plain(Argument.none());
    }

    static ScriptValue of(long value) {
        return new Plain(Argument.of(value));
    }

    static ScriptValue of(double value) {
        return new Plain(Argument.of(value));
    }

    static ScriptValue of(boolean value) {
        return new Plain(Argument.of(value));
    }

    static ScriptValue of(String value) {
        return new Plain(new Argument.OfText(value));
    }

    default boolean isNone() {
        return this instanceof Plain(Argument.OfNone _);
    }

    default boolean isTensor() {
        return this instanceof Plain(Argument.OfTensor _);
    }

    /** The kind of the value in words, for messages. */
    default String kind() {
        return switch (this) {
            case Plain(Argument argument) -> argument.kind();
            case ListValue list -> "a list of " + list.items.size();
            case TupleValue tuple -> "a tuple of " + tuple.items().size();
            case DictValue dict -> "a dict of " + dict.entries.size();
            case ObjectValue object -> "an object of " + object.className;
            case Enumeration member -> member.className() + "." + member.name();
            case Callable callable -> callable.name();
            case Unset(String why) -> "nothing: " + why;
        };
    }
}
