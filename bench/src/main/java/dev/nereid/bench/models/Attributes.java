package dev.nereid.bench.models;

import com.google.protobuf.ByteString;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.AttributeProto.AttributeType;
import dev.nereid.proto.onnx.GraphProto;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The attributes of a node. */
public record Attributes(List<AttributeProto> list) {
    public static final Attributes NONE = new Attributes(List.of());

    public Attributes {
        list = List.copyOf(list);
    }

    public Attributes with(String name, long value) {
        return add(name, AttributeType.INT, attribute -> attribute.setI(value));
    }

    public Attributes with(String name, String value) {
        return add(name, AttributeType.STRING, attribute -> attribute.setS(ByteString.copyFromUtf8(value)));
    }

    /** A single float. */
    public Attributes withFloat(String name, float value) {
        return add(name, AttributeType.FLOAT, attribute -> attribute.setF(value));
    }

    /** Integers. */
    public Attributes with(String name, long... values) {
        return add(name, AttributeType.INTS, attribute -> {
            for (long value : values) {
                attribute.addInts(value);
            }
        });
    }

    /** Floats. */
    public Attributes with(String name, float... values) {
        return add(name, AttributeType.FLOATS, attribute -> {
            for (float value : values) {
                attribute.addFloats(value);
            }
        });
    }

    /** Strings. */
    public Attributes with(String name, List<String> values) {
        return add(
                name,
                AttributeType.STRINGS,
                attribute -> values.forEach(value -> attribute.addStrings(ByteString.copyFromUtf8(value))));
    }

    /** A graph, of a node that runs it. */
    public Attributes with(String name, GraphProto value) {
        return add(name, AttributeType.GRAPH, attribute -> attribute.setG(value));
    }

    private Attributes add(String name, AttributeType type, Consumer<AttributeProto.Builder> value) {
        AttributeProto.Builder attribute =
                AttributeProto.newBuilder().setName(name).setType(type);
        value.accept(attribute);
        return new Attributes(
                Stream.concat(list.stream(), Stream.of(attribute.build())).toList());
    }
}
