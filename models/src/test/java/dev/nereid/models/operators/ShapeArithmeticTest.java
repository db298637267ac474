package dev.nereid.models.operators;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.integers;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shapes that a graph computes with ordinary operators: what a plan foresees of them is what the operators compute. */
class ShapeArithmeticTest {
    private static final int INT32 = 6;
    private static final int INT64 = 7;
    private static final Tensor X = Tensors.counting(2, 3);

    @ParameterizedTest
    @ValueSource(strings = {"x:f[a,b]", "x:f[2,3]"})
    void theElementsOfAMatrixLieRowByRow(String input) {
        assertThat(run(
                        graph(
                                input,
                                "y:i",
                                node("s = Shape(x)"),
                                longs("column", -1, 1),
                                longs("row", 1, -1),
                                node("c = Reshape(s, column)"),
                                node("m = Concat(c, c)", number("axis", 1)),
                                node("r = Reshape(m, row)"),
                                node("dims = Squeeze(r)"),
                                node("z = ConstantOfShape(dims)"),
                                node("y = Shape(z)")),
                        X))
                .containsExactly("INT64[4] [2, 2, 3, 3]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x:f[a,b]", "x:f[2,3]"})
    void aNegativeNumberIsDividedTowardsZero(String input) {
        assertThat(run(
                        graph(
                                input,
                                "y:i",
                                node("s = Shape(x)"),
                                longs("five", 5, 5),
                                longs("two", 2),
                                longs("four", 4),
                                node("less = Sub(s, five)"),
                                node("half = Div(less, two)"),
                                node("dims = Add(half, four)"),
                                node("z = ConstantOfShape(dims)"),
                                node("y = Shape(z)")),
                        X))
                .containsExactly("INT64[2] [3, 3]");
    }

    /** As exporters write an expansion in which -1 leaves an axis as it is. */
    @ParameterizedTest
    @ValueSource(strings = {"x:f[a,b]", "x:f[2,3]"})
    void numbersThatMeanNothingAreReplaced(String input) {
        assertThat(run(
                        graph(
                                input,
                                "y:i chosen:i",
                                node("s = Shape(x)"),
                                longs("minus", -1),
                                longs("three", 3),
                                longs("tail", -1, 3),
                                node("wanted = Concat(s, tail)", number("axis", 0)),
                                node("length = Shape(wanted)"),
                                longs("one", 1),
                                node("ones = Expand(one, length)"),
                                node("marks = Mul(ones, minus)"),
                                node("unset = Equal(wanted, marks)"),
                                node("dims = Where(unset, ones, wanted)"),
                                node("z = ConstantOfShape(dims)"),
                                node("y = Shape(z)"),
                                node("same = Equal(s, three)"),
                                node("chosen = Where(same, one, s)")),
                        X))
                .containsExactly("INT64[4] [2, 3, 1, 3]", "INT64[2] [2, 1]");
    }

    @Test
    void whatDoesNotFitWrapsAround() {
        assertThat(run(graph(
                        "",
                        "sum:i product:i narrow:i",
                        longs("large", Long.MAX_VALUE, 4294967299L),
                        longs("two", 2),
                        node("sum = Add(large, two)"),
                        node("product = Mul(large, two)"),
                        node("cut = Cast(large)", number("to", INT32)),
                        node("narrow = Cast(cut)", number("to", INT64)))))
                .containsExactly(
                        "INT64[2] [-9223372036854775807, 4294967301]", "INT64[2] [-2, 8589934598]", "INT64[2] [-1, 3]");
    }

    @Test
    void unsignedNumbersWrapAroundToo() {
        NodeProto five = integers("five", TensorProto.DataType.UINT16, Shape.of(2), 5, 7);
        NodeProto six = integers("six", TensorProto.DataType.UINT16, Shape.of(2), 6, 6);
        assertThat(run(graph(
                        "",
                        "y:i",
                        five,
                        six,
                        node("less = Sub(five, six)"),
                        node("y = Cast(less)", number("to", INT64)))))
                .containsExactly("INT64[2] [65535, 1]");
    }
}
