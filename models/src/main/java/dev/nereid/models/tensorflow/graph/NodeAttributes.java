package dev.nereid.models.tensorflow.graph;

import dev.nereid.models.ModelFormatException;
import dev.nereid.proto.tensorflow.AttrValue;
import dev.nereid.proto.tensorflow.AttrValue.ValueCase;
import dev.nereid.proto.tensorflow.NameAttrList;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.tensor.DataType;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A node's attributes, read by name and kind. One of another kind than asked for is a format error, as is one that is
 * not there where no default is given.
 */
public record NodeAttributes(Map<String, AttrValue> map) {
    public static final NodeAttributes NONE = new NodeAttributes(Map.of());

    public NodeAttributes {
        map = Collections.unmodifiableMap(new HashMap<>(map));
    }

    /** These attributes, and of {@code defaults} those whose names are not among them. */
    public NodeAttributes or(Map<String, AttrValue> defaults) {
        Map<String, AttrValue> all = new HashMap<>(defaults);
        all.putAll(map);
        return new NodeAttributes(all);
    }

    public boolean has(String name) {
        return map.containsKey(name);
    }

    public long integer(String name) {
        return value(name, ValueCase.I).getI();
    }

    public double real(String name) {
        return value(name, ValueCase.F).getF();
    }

    public boolean flag(String name) {
        return value(name, ValueCase.B).getB();
    }

    public String text(String name) {
        return value(name, ValueCase.S).getS().toStringUtf8();
    }

    public TensorProto tensor(String name) {
        return value(name, ValueCase.TENSOR).getTensor();
    }

    public Optional<TensorShapeProto> shape(String name) {
        return find(name, ValueCase.SHAPE).map(AttrValue::getShape);
    }

    public DataType type(String name) {
        try {
            return TensorflowDataTypes.of(value(name, ValueCase.TYPE).getType());
        } catch (ModelFormatException e) {
            throw new ModelFormatException("attribute '" + name + "': " + e.getMessage(), e);
        }
    }

    /** A list of integers. */
    public long[] integers(String name) {
        return value(name, ValueCase.LIST).getList().getIList().stream()
                .mapToLong(Long::longValue)
                .toArray();
    }

    public List<Float> reals(String name) {
        return value(name, ValueCase.LIST).getList().getFList();
    }

    /** A list of datatypes, of which the engine may lack some. */
    public List<dev.nereid.proto.tensorflow.DataType> types(String name) {
        return value(name, ValueCase.LIST).getList().getTypeList();
    }

    /** A list of shapes. */
    public List<TensorShapeProto> shapes(String name) {
        return value(name, ValueCase.LIST).getList().getShapeList();
    }

    /** A function by its name, with values for its own attributes. */
    public NameAttrList function(String name) {
        return value(name, ValueCase.FUNC).getFunc();
    }

    public List<NameAttrList> functions(String name) {
        return value(name, ValueCase.LIST).getList().getFuncList();
    }

    private AttrValue value(String name, ValueCase kind) {
        return find(name, kind)
                .orElseThrow(() -> new ModelFormatException("attribute '" + name + "' is missing: expected " + kind));
    }

    private Optional<AttrValue> find(String name, ValueCase kind) {
        AttrValue value = map.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (value.getValueCase() != kind) {
            throw new ModelFormatException(
                    "attribute '" + name + "': expected " + kind + ", got " + value.getValueCase());
        }
        return Optional.of(value);
    }
}
