package dev.nereid.models.operators.ml;

import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Elements of one datatype, held apart from any run's memory: as keys to look elements of a tensor up, or as values to
 * write. NaN is a key like others, and both zeros are one key.
 *
 * @param elements one each: {@code String} with a character a byte, {@code Long}, or {@code Double}
 */
record ElementList(DataType dataType, List<Object> elements) {
    ElementList {
        elements = List.copyOf(elements);
    }

    static ElementList ofStrings(List<String> texts) {
        List<Object> elements = new ArrayList<>();
        texts.forEach(text -> elements.add(key(text.getBytes(StandardCharsets.UTF_8))));
        return new ElementList(DataType.STRING, elements);
    }

    static ElementList ofIntegers(long... values) {
        List<Object> elements = new ArrayList<>();
        for (long value : values) {
            elements.add(value);
        }
        return new ElementList(DataType.INT64, elements);
    }

    static ElementList ofFloats(List<Float> values) {
        List<Object> elements = new ArrayList<>();
        values.forEach(value -> elements.add((double) value));
        return new ElementList(DataType.FP32, elements);
    }

    static ElementList of(Tensor tensor) {
        List<Object> elements = new ArrayList<>();
        Reader reader = reader(tensor);
        for (int i = 0; i < tensor.shape().elements(); i++) {
            elements.add(reader.element(i));
        }
        return new ElementList(tensor.dataType(), elements);
    }

    int size() {
        return elements.size();
    }

    /** The place of each element; of equal ones that of the first. */
    Map<Object, Integer> index() {
        Map<Object, Integer> index = new HashMap<>();
        for (int i = 0; i < elements.size(); i++) {
            index.putIfAbsent(canonical(elements.get(i)), i);
        }
        return index;
    }

    /** Writes an element of this list into a tensor of its datatype. */
    void write(int index, Tensor tensor, int to) {
        Object element = elements.get(index);
        MemorySegment memory = tensor.dataType() == DataType.STRING ? MemorySegment.NULL : tensor.segment();
        switch (element) {
            case String text -> tensor.strings()[to] = text.getBytes(StandardCharsets.ISO_8859_1);
            case Double number -> RealNumbers.set(tensor, to, number);
            default -> {
                long number = (Long) element;
                switch (tensor.dataType().bytes()) {
                    case 2 -> memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * to, (short) number);
                    case 4 -> memory.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * to, (int) number);
                    case 8 -> memory.set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * to, number);
                    default -> memory.set(ValueLayout.JAVA_BYTE, to, (byte) number);
                }
            }
        }
    }

    /** Reads elements so that they can be looked up in an {@link #index}. */
    @FunctionalInterface
    interface Reader {
        Object element(int index);
    }

    static Reader reader(Tensor tensor) {
        if (tensor.dataType() == DataType.STRING) {
            return i -> key(tensor.strings()[i]);
        }
        Optional<long[]> integers = IntegerTensors.read(tensor);
        if (integers.isPresent()) {
            long[] values = integers.get();
            return i -> values[i];
        }
        return i -> canonical(RealNumbers.at(tensor, i));
    }

    private static Object canonical(Object element) {
        return element instanceof Double number ? (Object) (number + 0.0) : element;
    }

    private static String key(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
