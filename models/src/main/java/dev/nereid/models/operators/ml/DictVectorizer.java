package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.MapType;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * ONNX DictVectorizer: the values of a map in the order of a vocabulary of keys, with 0 or an empty string for a key that
 * the map has not. x: a map from STRING or INT64; y: [1, vocabulary] of the type of the values.
 */
final class DictVectorizer implements Operator {
    private static final Set<DataType> VALUES =
            EnumSet.of(DataType.STRING, DataType.INT64, DataType.FP32, DataType.FP64);

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        MapType map = map(inference, VALUES);
        ElementList vocabulary = vocabulary(inference.attributes(), map);
        return List.of(TensorType.of(valueType(map), Shape.of(1, vocabulary.size())));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementList vocabulary = vocabulary(lowering.attributes(), map(lowering, VALUES));
        Map<Object, Integer> index = vocabulary.index();
        lowering.step(run -> {
            if (!(run.value(0) instanceof RunValue.OfMap(Tensor keys, Tensor values))) {
                throw new IllegalArgumentException(
                        "input 0: expected a map, got " + run.value(0).kind());
            }
            vectorize(keys, values, run.output(0), index);
        });
    }

    private static void vectorize(Tensor keys, Tensor values, Tensor y, Map<Object, Integer> index) {
        if (y.dataType() == DataType.STRING) {
            Arrays.fill(y.strings(), new byte[0]);
        } else {
            y.segment().asSlice(0, y.byteSize()).fill((byte) 0);
        }
        ElementList elements = ElementList.of(values);
        ElementList.Reader reader = ElementList.reader(keys);
        for (int i = 0; i < keys.shape().elements(); i++) {
            Integer place = index.get(reader.element(i));
            if (place != null) {
                elements.write(i, y, place);
            }
        }
    }

    /** The type of input 0, a map with scalars of one of {@code values}. */
    static MapType map(Inference inference, Set<DataType> values) {
        ValueType type = inference.valueType(0);
        boolean suits = type instanceof MapType map
                && (map.key() == DataType.STRING || map.key() == DataType.INT64)
                && map.value() instanceof TensorType value
                && values.contains(value.dataType());
        if (!suits) {
            throw new ModelFormatException(
                    "input 0: expected a map from STRING or INT64 to one of " + values + ", got " + type);
        }
        return (MapType) type;
    }

    static DataType valueType(MapType map) {
        return map.value().asTensor("the values of input 0").dataType();
    }

    private static ElementList vocabulary(Attributes attributes, MapType map) {
        String name = map.key() == DataType.STRING ? "string_vocabulary" : "int64_vocabulary";
        if (!attributes.has(name)) {
            throw new ModelFormatException("expected the attribute '" + name + "' for keys of " + map.key());
        }
        return map.key() == DataType.STRING
                ? ElementList.ofStrings(attributes.texts(name).orElseThrow())
                : ElementList.ofIntegers(attributes.integers(name).orElseThrow());
    }
}
