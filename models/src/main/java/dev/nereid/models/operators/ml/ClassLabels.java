package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** What a classifier calls its classes: strings where it has any, else integers. */
public final class ClassLabels {
    private static final byte[] ONE = {'1'};
    private static final byte[] ZERO = {'0'};

    private final byte[][] strings;
    private final long[] integers;

    private ClassLabels(byte[][] strings, long[] integers) {
        this.strings = strings;
        this.integers = integers;
    }

    /**
     * Reads the attributes {@code classlabels_strings} and {@code integersName}.
     *
     * @throws ModelFormatException if there is none of them
     */
    static ClassLabels of(Attributes attributes, String integersName) {
        List<String> strings = attributes.texts("classlabels_strings").orElse(List.of());
        long[] integers = attributes.integers(integersName).orElse(new long[0]);
        if (strings.isEmpty() && integers.length == 0) {
            throw new ModelFormatException("expected the attribute 'classlabels_strings' or '" + integersName + "'");
        }
        return new ClassLabels(
                strings.stream()
                        .map(label -> label.getBytes(StandardCharsets.UTF_8))
                        .toArray(byte[][]::new),
                integers);
    }

    public boolean areStrings() {
        return strings.length > 0;
    }

    int count() {
        return areStrings() ? strings.length : integers.length;
    }

    boolean areDifferent() {
        long different = areStrings()
                ? Arrays.stream(strings)
                        .map(label -> new String(label, StandardCharsets.UTF_8))
                        .distinct()
                        .count()
                : Arrays.stream(integers).distinct().count();
        return different == count();
    }

    DataType dataType() {
        return areStrings() ? DataType.STRING : DataType.INT64;
    }

    /** The labels that are integers, in the order of the classes. */
    public long[] integers() {
        return integers.clone();
    }

    /** Writes the label of a class. */
    void set(Tensor labels, long row, int index) {
        if (areStrings()) {
            labels.strings()[(int) row] = strings[index];
        } else {
            labels.segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 8 * row, integers[index]);
        }
    }

    /** Writes 1 or 0, as number or text: for one score that there are no two labels for. */
    void setPlain(Tensor labels, long row, boolean positive) {
        if (areStrings()) {
            labels.strings()[(int) row] = positive ? ONE : ZERO;
        } else {
            labels.segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 8 * row, positive ? 1 : 0);
        }
    }
}
