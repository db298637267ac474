package dev.nereid.models.imported;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/** Attributes of nodes by their kind: values, and attributes of one entry, to which others are added by {@link Attributes#with}. */
public final class OnnxAttributes {
    private OnnxAttributes() {}

    public static Attribute integerValue(long value) {
        return new Attribute.Int(value);
    }

    public static Attribute realValue(double value) {
        return new Attribute.Real((float) value);
    }

    /** A text in ASCII. */
    public static Attribute textValue(String value) {
        return new Attribute.Text(value);
    }

    public static Attribute integerValues(long... values) {
        return new Attribute.Ints(Arrays.stream(values).boxed().toList());
    }

    public static Attributes integer(String name, long value) {
        return new Attributes(Map.of(name, integerValue(value)));
    }

    public static Attributes real(String name, double value) {
        return new Attributes(Map.of(name, realValue(value)));
    }

    public static Attributes text(String name, String value) {
        return new Attributes(Map.of(name, textValue(value)));
    }

    public static Attributes integers(String name, long... values) {
        return new Attributes(Map.of(name, integerValues(values)));
    }

    public static Attributes tensor(String name, Tensor value) {
        return new Attributes(Map.of(name, new Attribute.TensorValue(value)));
    }

    /** An order of axes. */
    public static Attributes permutation(int... axes) {
        return integers("perm", Arrays.stream(axes).asLongStream().toArray());
    }
}
