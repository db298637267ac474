package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;

/** Attributes of nodes by their kind: values, and attributes of one entry, to which others are added by {@link Attributes#with}. */
final class OnnxAttributes {
    private OnnxAttributes() {}

    static Attribute integerValue(long value) {
        return new Attribute.Int(value);
    }

    static Attribute realValue(double value) {
        return new Attribute.Real((float) value);
    }

    /** @param value in ASCII */
    static Attribute textValue(String value) {
        return new Attribute.Text(value);
    }

    static Attribute integerValues(long... values) {
        return new Attribute.Ints(Arrays.stream(values).boxed().toList());
    }

    static Attributes integer(String name, long value) {
        return new Attributes(Map.of(name, integerValue(value)));
    }

    static Attributes real(String name, double value) {
        return new Attributes(Map.of(name, realValue(value)));
    }

    static Attributes text(String name, String value) {
        return new Attributes(Map.of(name, textValue(value)));
    }

    static Attributes integers(String name, long... values) {
        return new Attributes(Map.of(name, integerValues(values)));
    }

    static Attributes tensor(String name, Tensor value) {
        return new Attributes(Map.of(name, new Attribute.TensorValue(value)));
    }

    /** An order of axes. */
    static Attributes permutation(int... axes) {
        return integers("perm", Arrays.stream(axes).asLongStream().toArray());
    }
}
