package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.results;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.tensorflow.examples.ExampleOperators;
import dev.nereid.models.tensorflow.graph.TensorflowDataTypes;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import dev.nereid.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Features of serialized examples, those that are of one shape in all examples. */
final class TensorflowExamples {
    private static final int FIRST_KEY = 2;
    private static final int DENSE_KEYS = 3;
    private static final int FIRST_DEFAULT = 5;

    private TensorflowExamples() {}

    static List<TensorflowOperator> all() {
        return List.of(
                results("ParseExample", AttributeDefaults.NONE, TensorflowExamples::features),
                results("ParseExampleV2", AttributeDefaults.NONE, TensorflowExamples::featuresOfLists));
    }

    /** Inputs: serialized, names, a key for each sparse feature, a key for each dense one, defaults. */
    private static List<Value> features(TensorflowCall call) {
        requireNone(call.attributes().integer("Nsparse"), "sparse");
        int count = call.attributes().types("Tdense").size();
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.addAll(texts(call, FIRST_KEY + i));
        }
        return features(call, keys, FIRST_KEY + count);
    }

    /** Inputs: serialized, names, the keys of sparse, of dense and of ragged features, defaults of the dense ones. */
    private static List<Value> featuresOfLists(TensorflowCall call) {
        requireNone(call.attributes().integer("num_sparse"), "sparse");
        requireNone(call.attributes().types("ragged_value_types").size(), "ragged");
        return features(call, texts(call, DENSE_KEYS), FIRST_DEFAULT);
    }

    private static List<Value> features(TensorflowCall call, List<String> keys, int firstDefault) {
        List<DataType> types = call.attributes().types("Tdense");
        List<TensorShapeProto> shapes = call.attributes().shapes("dense_shapes");
        if (keys.size() != types.size() || shapes.size() != types.size()) {
            throw new ModelFormatException("it has " + keys.size() + " keys, " + types.size() + " types and "
                    + shapes.size() + " shapes: expected as many of each");
        }
        List<Long> numbers = new ArrayList<>();
        List<Long> ranks = new ArrayList<>();
        List<Long> dims = new ArrayList<>();
        List<Optional<Value>> inputs = new ArrayList<>();
        inputs.add(Optional.of(call.input(0)));
        for (int i = 0; i < keys.size(); i++) {
            numbers.add((long) OnnxTypes.number(TensorflowDataTypes.of(types.get(i))));
            ranks.add((long) shapes.get(i).getDimCount());
            for (TensorShapeProto.Dim dim : shapes.get(i).getDimList()) {
                if (dim.getSize() < 0) {
                    throw new ModelFormatException("feature '" + keys.get(i)
                            + "' may have any length: only features of one shape are supported");
                }
                dims.add(dim.getSize());
            }
            inputs.add(Optional.of(call.input(firstDefault + i)));
        }
        Attributes attributes = new Attributes(Map.of(
                "keys", new Attribute.Texts(keys),
                "types", new Attribute.Ints(numbers),
                "ranks", new Attribute.Ints(ranks),
                "dims", new Attribute.Ints(dims)));
        return call.graph().nodes(ExampleOperators.DOMAIN, "ParseExample", keys.size(), attributes, inputs);
    }

    private static void requireNone(long count, String kind) {
        if (count != 0) {
            throw new ModelFormatException(
                    "it reads " + count + " " + kind + " features: only dense ones are supported");
        }
    }

    /** The bytes of constant strings, each as Latin-1. */
    private static List<String> texts(TensorflowCall call, int index) {
        Tensor constant = call.graph()
                .constant(call.input(index))
                .filter(tensor -> tensor.dataType() == dev.nereid.tensor.DataType.STRING)
                .orElseThrow(() -> new ModelFormatException(
                        "its input " + index + " has names of features, which must be constants"));
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < constant.shape().elements(); i++) {
            texts.add(new String(constant.strings()[i], StandardCharsets.ISO_8859_1));
        }
        return texts;
    }
}
