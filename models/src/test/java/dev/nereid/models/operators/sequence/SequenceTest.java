package dev.nereid.models.operators.sequence;

import static dev.nereid.models.operators.ModelSketch.body;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Sequences and optionals beyond what the conformance suite covers. */
class SequenceTest {
    private static final Tensor X = Tensors.floats(new float[] {1, 2});
    private static final Tensor Y = Tensors.floats(new float[] {3, 4, 5});

    @Test
    void elementsKeepTheirContentWhenTheMemoryTheyCameFromIsUsedAgain() {
        GraphProto graph = graph(
                "x:f[n]",
                "a:f b:f",
                node("p = Neg(x)"),
                node("q = Exp(x)"),
                node("s = SequenceConstruct(p, q)"),
                node("u = Abs(x)"),
                node("v = Mul(u, u)"),
                node("w = Add(v, u)"),
                longs("first", 0),
                longs("last", -1),
                node("e = SequenceAt(s, first)"),
                node("a = Mul(e, w)"),
                node("r = SequenceErase(s, last)"),
                node("b = SequenceAt(r, last)"));

        assertThat(run(graph, X)).containsExactly("FP32[2] [-2.0, -12.0]", "FP32[2] [-1.0, -2.0]");
    }

    @Test
    void elementsMayDifferInShape() {
        GraphProto graph = graph(
                "x:f[n] y:f[m]",
                "z:f",
                node("s = SequenceConstruct(x, y)"),
                node("z = ConcatFromSequence(s)", number("axis", -1)));

        assertThat(run(graph, X, Y)).containsExactly("FP32[5] [1.0, 2.0, 3.0, 4.0, 5.0]");
    }

    @Test
    void insertsBeforeAPositionFromEitherEnd() {
        GraphProto graph = graph(
                "x:f[n] y:f[m]",
                "s:seq(f)",
                node("q = SequenceConstruct(x, x)"),
                longs("at", -1),
                node("s = SequenceInsert(q, y, at)"));

        assertThat(run(graph, X, Y))
                .containsExactly("[FP32[2] [1.0, 2.0], FP32[3] [3.0, 4.0, 5.0], FP32[2] [1.0, 2.0]]");
    }

    @Test
    void splitsIntoPartsOfALengthWithAShorterRest() {
        GraphProto graph = graph("y:f[m]", "s:seq(f)", longs("two", 2), node("s = SplitToSequence(y, two)"));

        assertThat(run(graph, Y)).containsExactly("[FP32[2] [3.0, 4.0], FP32[1] [5.0]]");
    }

    @Test
    void mapsABodyOverElementsWithWhatItReadsAround() {
        GraphProto scale = graph("e:f", "t:f", node("t = Mul(e, k)"));
        GraphProto graph = graph(
                "x:f[n] y:f[m] k:f[1]",
                "r:seq(f)",
                node("s = SequenceConstruct(x, y)"),
                node("r = SequenceMap(s)", body("body", scale)));

        assertThat(run(graph, X, Y, Tensors.floats(new float[] {10})))
                .containsExactly("[FP32[2] [10.0, 20.0], FP32[3] [30.0, 40.0, 50.0]]");
    }

    @Test
    void optionalsHoldWhatTheyWereGiven() {
        GraphProto graph = graph(
                "x:f[n]",
                "h:b e:f n:b",
                node("o = Optional(x)"),
                node("h = OptionalHasElement(o)"),
                node("e = OptionalGetElement(o)"),
                node("n = OptionalHasElement()"));

        assertThat(run(graph, X)).containsExactly("BOOL[] [1]", "FP32[2] [1.0, 2.0]", "BOOL[] [0]");
    }

    @Test
    void aPositionOutsideFailsTheRunAndNamesTheRange() {
        GraphProto graph = graph(
                "x:f[n]", "z:f", node("s = SequenceConstruct(x, x)"), longs("at", 2), node("z = SequenceAt(s, at)"));

        assertThatThrownBy(() -> run(graph, X))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("from -2 to 1")
                .hasMessageContaining("[2]");
    }

    @Test
    void elementsOfDifferentDatatypesAreRefused() {
        GraphProto graph = graph("x:f[n]", "s:seq(f)", longs("k", 1, 2), node("s = SequenceConstruct(x, k)"));

        assertThatThrownBy(() -> run(graph, X))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("an element");
    }

    @Test
    void anOperatorOnTensorsSaysThatItWasGivenASequence() {
        GraphProto graph = graph("x:f[n]", "z:f", node("s = SequenceConstruct(x)"), node("z = Neg(s)"));

        assertThatThrownBy(() -> run(graph, X))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("input 0: expected a tensor, got sequence(FP32[");
    }
}
