package dev.nereid.models.pytorch.archive;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a pickle holds. Lists, dicts and objects have an identity: a pickle that names one twice gives the same object
 * twice. None contains itself.
 */
public sealed interface PickleValue {
    /** Python's None. */
    record OfNone() implements PickleValue {}

    record OfBoolean(boolean value) implements PickleValue {}

    record OfInteger(long value) implements PickleValue {}

    record OfReal(double value) implements PickleValue {}

    record OfText(String value) implements PickleValue {}

    record OfTuple(List<PickleValue> items) implements PickleValue {
        public OfTuple {
            items = List.copyOf(items);
        }
    }

    /** A list. */
    final class OfList implements PickleValue {
        private final List<PickleValue> items = new ArrayList<>();

        OfList() {}

        public List<PickleValue> items() {
            return Collections.unmodifiableList(items);
        }

        void add(PickleValue item) {
            items.add(item);
        }
    }

    /** A dict in its order. Its keys are texts, numbers and truth values. */
    final class OfDict implements PickleValue {
        private final Map<PickleValue, PickleValue> entries = new LinkedHashMap<>();

        OfDict() {}

        public Map<PickleValue, PickleValue> entries() {
            return Collections.unmodifiableMap(entries);
        }

        /** The value of a key that is a text. */
        public Optional<PickleValue> find(String key) {
            return Optional.ofNullable(entries.get(new OfText(key)));
        }

        void put(PickleValue key, PickleValue value) {
            entries.put(key, value);
        }
    }

    /**
     * A storage: an entry of the archive.
     *
     * @param name of the entry
     * @param elements how many the pickle says it has
     */
    record Storage(String name, StorageType type, long elements) implements PickleValue {}

    /**
     * A view of a storage, checked when it is read.
     *
     * @param offset of the first element, in elements
     * @param strides in elements
     */
    record OfTensor(Storage storage, long offset, List<Long> sizes, List<Long> strides) implements PickleValue {
        public OfTensor {
            sizes = List.copyOf(sizes);
            strides = List.copyOf(strides);
        }
    }

    /** A quantised tensor: real = scale * (integer - zero point). */
    record OfQuantizedTensor(OfTensor integers, Quantization quantization) implements PickleValue {}

    /** The scales and zero points of a quantised tensor. */
    sealed interface Quantization {
        record PerTensor(double scale, long zeroPoint) implements Quantization {}

        /** One scale and zero point for each index on an axis. */
        record PerChannel(OfTensor scales, OfTensor zeroPoints, int axis) implements Quantization {}
    }

    /** A member of an enumeration that a TorchScript class declares. */
    record OfEnumeration(String className, PickleValue value) implements PickleValue {}

    /** A device, such as cpu. */
    record OfDevice(String name) implements PickleValue {}

    /** An object of a TorchScript class: a module, or a plain object. */
    final class OfObject implements PickleValue {
        private final String className;
        private Optional<PickleValue> state = Optional.empty();

        OfObject(String className) {
            this.className = className;
        }

        /** The class's full name, which begins with {@code __torch__.}. */
        public String className() {
            return className;
        }

        /** A dict of attributes, or what the class's own {@code __getstate__} made; empty for a class without. */
        public Optional<PickleValue> state() {
            return state;
        }

        /** The attribute of a name. */
        public Optional<PickleValue> attribute(String name) {
            return state.flatMap(each -> each instanceof OfDict dict ? dict.find(name) : Optional.empty());
        }

        void state(PickleValue value) {
            state = Optional.of(value);
        }
    }

    /**
     * The name of a class or function, alone.
     *
     * @param module such as {@code torch._utils}
     */
    record Global(String module, String name) implements PickleValue {
        @Override
        public String toString() {
            return module + "." + name;
        }
    }

    static PickleValue none() {
        return new OfNone();
    }

    /** The kind of the value in words, for messages. */
    default String kind() {
        return switch (this) {
            case OfNone _ -> "None";
            case OfBoolean(boolean value) -> value ? "True" : "False";
            case OfInteger(long value) -> "the integer " + value;
            case OfReal(double value) -> "the number " + value;
            case OfText(String value) -> "the text '" + value.substring(0, Math.min(60, value.length())) + "'";
            case OfTuple(List<PickleValue> items) -> "a tuple of " + items.size();
            case OfList list -> "a list of " + list.items.size();
            case OfDict dict -> "a dict of " + dict.entries.size();
            case Storage storage -> "the storage '" + storage.name() + "'";
            case OfTensor _ -> "a tensor";
            case OfQuantizedTensor _ -> "a quantised tensor";
            case OfEnumeration member -> "a member of " + member.className();
            case OfDevice(String name) -> "the device " + name;
            case OfObject object -> "an object of " + object.className;
            case Global global -> "the name " + global;
        };
    }
}
