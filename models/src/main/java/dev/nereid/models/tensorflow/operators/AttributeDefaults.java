package dev.nereid.models.tensorflow.operators;

import com.google.protobuf.ByteString;
import dev.nereid.proto.tensorflow.AttrValue;
import dev.nereid.proto.tensorflow.DataType;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** The values of attributes that a node does not have: exporters strip what is the default. Immutable. */
public final class AttributeDefaults {
    public static final AttributeDefaults NONE = new AttributeDefaults(Map.of());

    private final Map<String, AttrValue> values;

    private AttributeDefaults(Map<String, AttrValue> values) {
        this.values = values;
    }

    /** The values by the attributes' names. */
    public Map<String, AttrValue> values() {
        return values;
    }

    AttributeDefaults text(String name, String value) {
        return with(name, AttrValue.newBuilder().setS(ByteString.copyFromUtf8(value)));
    }

    AttributeDefaults integer(String name, long value) {
        return with(name, AttrValue.newBuilder().setI(value));
    }

    AttributeDefaults real(String name, double value) {
        return with(name, AttrValue.newBuilder().setF((float) value));
    }

    AttributeDefaults flag(String name, boolean value) {
        return with(name, AttrValue.newBuilder().setB(value));
    }

    AttributeDefaults type(String name, DataType value) {
        return with(name, AttrValue.newBuilder().setType(value));
    }

    AttributeDefaults integers(String name, long... value) {
        return with(
                name,
                AttrValue.newBuilder()
                        .setList(AttrValue.ListValue.newBuilder()
                                .addAllI(Arrays.stream(value).boxed().toList())));
    }

    private AttributeDefaults with(String name, AttrValue.Builder value) {
        Map<String, AttrValue> all = new TreeMap<>(values);
        all.put(name, value.build());
        return new AttributeDefaults(Map.copyOf(all));
    }
}
