package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * ONNX OneHotEncoder: a new last axis with 1 at the place of an element's category and 0 elsewhere. Numbers are cut to
 * integers first. An element without a category is an error where {@code zeros} is 0.
 */
final class OneHotEncoder implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        int categories = categories(inference.attributes(), x.dataType()).size();
        if (!x.hasRank()) {
            return List.of(TensorType.ofUnknownRank(DataType.FP32));
        }
        List<Dim> dims = new ArrayList<>(x.dims().orElseThrow());
        dims.add(Dim.of(categories));
        return List.of(TensorType.of(DataType.FP32, dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementList categories =
                categories(lowering.attributes(), lowering.type(0).dataType());
        boolean zeros = lowering.attributes().integer("zeros", 1) != 0;
        Map<Object, Integer> index = categories.index();
        lowering.step(run -> encode(run.input(0), run.output(0), index, categories.size(), zeros));
    }

    private static void encode(Tensor x, Tensor y, Map<Object, Integer> index, int categories, boolean zeros) {
        y.segment().asSlice(0, y.byteSize()).fill((byte) 0);
        ElementList.Reader reader = x.dataType().isFloat() ? i -> (long) RealNumbers.at(x, i) : ElementList.reader(x);
        for (int i = 0; i < x.shape().elements(); i++) {
            Integer place = index.get(reader.element(i));
            if (place != null) {
                y.segment().set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * ((long) i * categories + place), 1f);
            } else if (!zeros) {
                throw new IllegalArgumentException(
                        "element " + i + " of input 0, " + reader.element(i) + ", has no category, and zeros is 0");
            }
        }
    }

    private static ElementList categories(Attributes attributes, DataType type) {
        String name = type == DataType.STRING ? "cats_strings" : "cats_int64s";
        ElementList categories = type == DataType.STRING
                ? ElementList.ofStrings(attributes.texts(name).orElse(List.of()))
                : ElementList.ofIntegers(attributes.integers(name).orElse(new long[0]));
        if (categories.size() == 0) {
            throw new ModelFormatException("attribute '" + name + "': expected the categories of an input of " + type);
        }
        return categories;
    }
}
