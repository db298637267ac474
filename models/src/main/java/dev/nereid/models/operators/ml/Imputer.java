package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX Imputer: elements that equal a value, which may be NaN, are replaced, all by one number or each feature's by its
 * own. x: [rows, features] or [features]; y like x.
 */
final class Imputer implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        FeatureRows.rows(inference);
        return List.of(inference.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        if (lowering.type(0).dataType().isFloat()) {
            double replaced = attributes.real("replaced_value_float", 0f);
            double[] values = NumberLists.floats(attributes, "imputed_value_floats");
            requireSome(values.length, "imputed_value_floats");
            lowering.step(run -> replaceReals(run.input(0), run.output(0), replaced, values));
        } else {
            long replaced = attributes.integer("replaced_value_int64", 0);
            long[] values = attributes.integers("imputed_value_int64s").orElse(new long[0]);
            requireSome(values.length, "imputed_value_int64s");
            lowering.step(run -> replaceIntegers(run.input(0), run.output(0), replaced, values));
        }
    }

    private static void replaceReals(Tensor x, Tensor y, double replaced, double[] values) {
        int features = features(x, values.length);
        for (long i = 0; i < x.shape().elements(); i++) {
            double value = RealNumbers.at(x, i);
            boolean missing = value == replaced || (Double.isNaN(value) && Double.isNaN(replaced));
            RealNumbers.set(y, i, missing ? values[values.length == 1 ? 0 : (int) (i % features)] : value);
        }
    }

    private static void replaceIntegers(Tensor x, Tensor y, long replaced, long[] values) {
        int features = features(x, values.length);
        long[] elements = IntegerTensors.read(x).orElseThrow();
        for (int i = 0; i < elements.length; i++) {
            long value = elements[i] == replaced ? values[values.length == 1 ? 0 : i % features] : elements[i];
            if (y.dataType() == DataType.INT32) {
                y.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, (int) value);
            } else {
                y.segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i, value);
            }
        }
    }

    private static int features(Tensor x, int values) {
        int features = FeatureRows.features(x.shape());
        if (values != 1 && values != features) {
            throw new IllegalArgumentException("input 0: expected " + values + " features, as many as there are imputed"
                    + " values, got shape " + x.shape());
        }
        return features;
    }

    private static void requireSome(int count, String name) {
        if (count == 0) {
            throw new ModelFormatException("attribute '" + name + "': expected at least one number");
        }
    }
}
