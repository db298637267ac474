package dev.nereid.models.operators.nn;

import static dev.nereid.models.operators.Tensors.bytes;
import static dev.nereid.models.operators.Tensors.counting;
import static dev.nereid.models.operators.Tensors.floats;
import static dev.nereid.models.operators.Tensors.ints;
import static dev.nereid.models.operators.Tensors.longs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.operators.quantized.GraphSketch;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Old forms of reductions and norms, empty tensors, and inputs that do not fit. */
class NnVersionsTest {
    private static final float NAN = Float.NaN;

    @Test
    void axesWereAttributesAndBecameInputs() {
        OperatorCase.of("ReduceSum", 11)
                .with("axes", new long[] {-1})
                .data(counting(2, 2))
                .gives(floats(new float[] {1, 5}, 2, 1));
        OperatorCase.of("ReduceSum", 13)
                .with("keepdims", 0)
                .data(counting(2, 2))
                .argument(longs(0))
                .gives(floats(new float[] {2, 4}));
        OperatorCase.of("ReduceMax", 11).data(ints(3, 9, 2)).gives(ints(9));
    }

    @Test
    void noAxesMeanAllUnlessTheNodeSaysNone() {
        OperatorCase.of("ReduceProd", 18)
                .with("keepdims", 0)
                .data(floats(new float[] {2, 3}))
                .argument(longs())
                .gives(floats(new float[] {6}).withShape(Shape.SCALAR));
        OperatorCase.of("ReduceSumSquare", 18)
                .with("noop_with_empty_axes", 1)
                .data(floats(new float[] {2, -3}))
                .gives(floats(new float[] {4, 9}));
        OperatorCase.of("ReduceL1", 18)
                .with("noop_with_empty_axes", 1)
                .data(ints(2, -3))
                .argument(longs())
                .gives(ints(2, 3));
    }

    @Test
    void reductionsOfNothingGiveTheNeutralNumber() {
        OperatorCase.of("ReduceSum", 13).data(counting(0, 2)).argument(longs(0)).gives(floats(new float[2], 1, 2));
        OperatorCase.of("ReduceProd", 18).data(counting(0)).gives(floats(new float[] {1}));
        OperatorCase.of("ReduceMax", 18).data(counting(0)).gives(floats(new float[] {Float.NEGATIVE_INFINITY}));
        OperatorCase.of("ReduceMin", 18).data(ints()).gives(ints(Integer.MAX_VALUE));
        OperatorCase.of("ReduceMean", 18)
                .data(counting(2, 0))
                .argument(longs(0))
                .gives(counting(1, 0));
        OperatorCase extreme = OperatorCase.of("ArgMax", 13).data(counting(0, 2));
        assertThatThrownBy(extreme::run).hasMessageContaining("empty axis");
    }

    @Test
    void reductionsKeepNan() {
        OperatorCase.of("ReduceMax", 18).data(floats(new float[] {1, NAN, 3})).gives(floats(new float[] {NAN}));
        OperatorCase.of("ReduceMin", 18).data(floats(new float[] {1, NAN, 3})).gives(floats(new float[] {NAN}));
        OperatorCase.of("ReduceMax", 20).data(bytes(DataType.BOOL, 0, 1)).gives(bytes(DataType.BOOL, 1));
    }

    @Test
    void theFirstOrTheLastOfEqualsIsTheGreatest() {
        OperatorCase.of("ArgMax", 13).with("keepdims", 0).data(ints(3, 5, 5)).gives(longs(1).withShape(Shape.SCALAR));
        OperatorCase.of("ArgMin", 13)
                .with("keepdims", 0)
                .with("axis", -1)
                .with("select_last_index", 1)
                .data(ints(3, 3, 5))
                .gives(longs(1).withShape(Shape.SCALAR));
    }

    @Test
    void theOldSoftmaxTakesAllAxesFromOneOn() {
        float quarter = 0.25f;
        OperatorCase.of("Softmax", 11)
                .data(floats(new float[4], 1, 2, 2))
                .gives(floats(new float[] {quarter, quarter, quarter, quarter}, 1, 2, 2));
        OperatorCase.of("Softmax", 13)
                .data(floats(new float[4], 1, 2, 2))
                .gives(floats(new float[] {0.5f, 0.5f, 0.5f, 0.5f}, 1, 2, 2));
        OperatorCase.of("Hardmax", 1)
                .data(floats(new float[] {1, 2, 9, 3}, 1, 2, 2))
                .gives(floats(new float[] {0, 0, 1, 0}, 1, 2, 2));
        OperatorCase.of("Softmax", 13).data(counting(0, 3)).gives(counting(0, 3));
    }

    private static OperatorCase batchNormalization(int opset) {
        return OperatorCase.of("BatchNormalization", opset).with("epsilon", 0f);
    }

    @Test
    void batchNormalizationOfAVectorHasOneChannel() {
        Tensor one = floats(new float[] {1});
        Tensor zero = floats(new float[] {0});
        OperatorCase.of("BatchNormalization", 15)
                .with("epsilon", 0f)
                .with("momentum", 0.5f)
                .with("training_mode", 1)
                .data(floats(new float[] {1, 3}))
                .data(one)
                .data(zero)
                .data(floats(new float[] {4}))
                .data(floats(new float[] {2}))
                .gives(floats(new float[] {-1, 1}), floats(new float[] {3}), floats(new float[] {1.5f}));
    }

    @Test
    void batchNormalizationOfOldOpsets() {
        Tensor one = floats(new float[] {1});
        Tensor zero = floats(new float[] {0});
        batchNormalization(6)
                .with("is_test", 1)
                .with("spatial", 1)
                .with("consumed_inputs", new long[] {0, 0, 0, 1, 1})
                .data(counting(1, 1, 2))
                .data(floats(new float[] {2}))
                .data(floats(new float[] {1}))
                .data(zero)
                .data(one)
                .gives(floats(new float[] {1, 3}, 1, 1, 2));
        batchNormalization(7)
                .with("spatial", 0)
                .data(counting(1, 1, 2))
                .data(floats(new float[] {2, 3}))
                .data(floats(new float[] {0, 1}))
                .data(floats(new float[] {0, 0}))
                .data(floats(new float[] {1, 1}))
                .gives(floats(new float[] {0, 4}, 1, 1, 2));
        batchNormalization(9)
                .with("momentum", 0.5f)
                .data(floats(new float[] {1, 3}, 2, 1))
                .data(one)
                .data(zero)
                .data(zero)
                .data(zero)
                .gives(
                        floats(new float[] {-1, 1}, 2, 1),
                        floats(new float[] {1}),
                        floats(new float[] {0.5f}),
                        floats(new float[] {2}),
                        floats(new float[] {1}));
    }

    /** As exporters write a layer in training: they name outputs that nobody reads. */
    @Test
    void batchNormalizationOfOldOpsetsTrainsWhereItNamesStatistics() {
        try (GraphSketch sketch = new GraphSketch()) {
            Tensor one = floats(new float[] {1});
            sketch.input("x", floats(new float[] {1, 3}, 2, 1))
                    .constant("scale", one)
                    .constant("shift", one)
                    .constant("mean", floats(new float[] {5}))
                    .constant("variance", floats(new float[] {4}))
                    .node(
                            "BatchNormalization",
                            9,
                            List.of("x", "scale", "shift", "mean", "variance"),
                            List.of("y", "mean1", "variance1", "mean2", "variance2"),
                            new Attributes(Map.of("epsilon", new Attributes.Attribute.Real(0))));
            Tensor y = sketch.run(sketch.graph("y"), KernelSet.scalar()).getFirst();
            assertThat(Tensors.text(y)).isEqualTo("FP32[2,1] [0.0, 2.0]");
        }
    }

    @Test
    void refusesNormsWhoseNumbersDoNotFit() {
        Tensor two = floats(new float[] {1, 1});
        OperatorCase sizes = batchNormalization(15)
                .data(counting(1, 3, 2))
                .data(two)
                .data(two)
                .data(two)
                .data(two);
        assertThatThrownBy(sizes::run).hasMessageContaining("expected 3 numbers each");
    }

    @ParameterizedTest
    @CsvSource({"1, 3", "3, 1", "2, 2", "0, 0", "4, 4"})
    void refusesInstancesWhoseNumbersDoNotFit(int scales, int biases) {
        OperatorCase instances = OperatorCase.of("InstanceNormalization", 6)
                .data(counting(2, 3, 4))
                .data(counting(scales))
                .data(counting(biases));
        assertThatThrownBy(instances::run).hasMessageContaining("scale and bias: expected 3 numbers each");
    }

    @ParameterizedTest
    @CsvSource({
        "Conv, 2147483647, 3",
        "Conv, 1073741825, 5",
        "MaxPool, 2147483647, 3",
        "MaxPool, 1431655765, 4",
        "AveragePool, 715827883, 7"
    })
    void refusesWindowsThatExtendTooFar(String operator, long dilation, int kernel) {
        OperatorCase windows = OperatorCase.of(operator, 19)
                .with("dilations", new long[] {dilation})
                .with("kernel_shape", new long[] {kernel})
                .data(counting(1, 1, 8));
        if (operator.equals("Conv")) {
            windows.argument(counting(1, 1, kernel));
        }
        assertThatThrownBy(windows::run).hasMessageContaining("a window extends over");
    }

    @Test
    void rmsNormalizationTakesTheTypeOfItsScale() {
        Tensor scale = OperatorCase.of("Cast", 13)
                .with("to", 10)
                .data(floats(new float[] {2, 4}))
                .tensors()
                .getFirst();
        Tensor expected = OperatorCase.of("Cast", 13)
                .with("to", 10)
                .data(floats(new float[] {2, -4}, 1, 2))
                .tensors()
                .getFirst();
        OperatorCase.of("RMSNormalization", 23)
                .with("epsilon", 0f)
                .data(floats(new float[] {3, -3}, 1, 2))
                .data(scale)
                .gives(expected);
    }

    @Test
    void dropoutOfEveryOpsetKeepsAll() {
        for (int opset : new int[] {1, 6, 7}) {
            OperatorCase.of("Dropout", opset)
                    .with("ratio", 0.9f)
                    .data(counting(2))
                    .gives(counting(2), floats(new float[] {1, 1}));
        }
        OperatorCase.of("Dropout", 10).data(counting(2)).gives(counting(2), bytes(DataType.BOOL, 1, 1));
    }

    @Test
    void cumulativeSumsInBothDirections() {
        OperatorCase.of("CumSum", 14)
                .with("exclusive", 1)
                .with("reverse", 1)
                .data(ints(1, 2, 3))
                .argument(longs(-1).withShape(Shape.SCALAR))
                .gives(ints(5, 3, 0));
        OperatorCase.of("CumSum", 14)
                .data(counting(0))
                .argument(ints(0).withShape(Shape.SCALAR))
                .gives(counting(0));
    }
}
