package dev.nereid.models.operators.control;

import static dev.nereid.models.operators.ModelSketch.body;
import static dev.nereid.models.operators.ModelSketch.bool;
import static dev.nereid.models.operators.ModelSketch.floats;
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
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Loop beyond what the conformance suite covers: states whose shapes change, aliases, nesting, zero runs. */
class LoopTest {
    private static final Tensor X = Tensors.floats(new float[] {1, 2});

    private static Tensor count(long value) {
        return Tensors.longs(value).withShape(Shape.SCALAR);
    }

    @Test
    void statesMayGrowWithEveryRun() {
        GraphProto twice = graph(
                "i:i[] c:b[] s:f",
                "c2:b t:f n:i",
                node("c2 = Identity(c)"),
                node("t = Concat(s, s)", number("axis", 0)),
                node("n = Size(t)"));
        GraphProto graph = graph("m:i[] x:f[n]", "y:f sizes:i", node("y, sizes = Loop(m, , x)", body("body", twice)));

        assertThat(run(graph, count(2), X))
                .containsExactly("FP32[8] [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0]", "INT64[2] [4, 8]");
        assertThat(run(graph, count(0), X)).containsExactly("FP32[2] [1.0, 2.0]", "INT64[0] []");
    }

    @Test
    void statesMaySwapAndPassThrough() {
        GraphProto swap = graph("i:i[] c:b[] a:f b:f k:f", "c2:b b:f a:f k:f a:f", node("c2 = Identity(c)"));
        GraphProto graph = graph(
                "m:i[] x:f[2] y:f[2]", "p:f q:f r:f s:f", node("p, q, r, s = Loop(m, , x, y, x)", body("body", swap)));

        assertThat(run(graph, count(3), X, Tensors.floats(new float[] {3, 4})))
                .containsExactly(
                        "FP32[2] [3.0, 4.0]",
                        "FP32[2] [1.0, 2.0]",
                        "FP32[2] [1.0, 2.0]",
                        "FP32[3,2] [1.0, 2.0, 3.0, 4.0, 1.0, 2.0]");
    }

    /** One state is computed, one is what the other was, one grows, and one is a sequence of what both were. */
    @Test
    void statesOfAllKindsMayBeWhatOthersWereBefore() {
        GraphProto next = graph(
                "i:i[] c:b[] a:f[1] b:f[1] g:f q:seq(f)",
                "c2:b b:f d:f h:f r:seq(f)",
                node("c2 = Identity(c)"),
                node("d = Add(a, b)"),
                node("h = Concat(g, a)", number("axis", 0)),
                node("r = SequenceInsert(q, b)"));
        GraphProto graph = graph(
                "m:i[] a:f[1] b:f[1]",
                "p:f s:f h:f y:f",
                node("empty = SequenceEmpty()"),
                node("p, s, h, q = Loop(m, , a, b, a, empty)", body("body", next)),
                node("y = ConcatFromSequence(q)", number("axis", 0)));

        assertThat(run(graph, count(5), Tensors.floats(new float[] {0}), Tensors.floats(new float[] {1})))
                .containsExactly(
                        "FP32[1] [5.0]",
                        "FP32[1] [8.0]",
                        "FP32[6] [0.0, 0.0, 1.0, 1.0, 2.0, 3.0]",
                        "FP32[5] [1.0, 1.0, 2.0, 3.0, 5.0]");
    }

    @Test
    void theIterationHandedOnAsAStateKeepsItsNumber() {
        GraphProto last = graph("i:i[] c:b[] s:i[]", "c2:b i:i s:i", node("c2 = Identity(c)"));
        GraphProto graph = graph("m:i[]", "y:i z:i", longs("s", 7), node("y, z = Loop(m, , s)", body("body", last)));

        assertThat(run(graph, count(3))).containsExactly("INT64[] [2]", "INT64[3] [7, 0, 1]");
    }

    @Test
    void stopsByTheConditionOfTheBody() {
        GraphProto until = graph(
                "i:i[] c:b[] s:f[]",
                "c2:b t:f",
                floats("one", 1),
                floats("limit", 3),
                node("t = Add(s, one)"),
                node("c2 = Less(t, limit)"));
        GraphProto graph = graph("x:f[]", "y:f", node("y = Loop( , , x)", body("body", until)));

        assertThat(run(graph, Tensors.floats(new float[] {0}).withShape(Shape.SCALAR)))
                .containsExactly("FP32[] [3.0]");
    }

    @Test
    void aConditionThatIsFalseFromTheStartRunsNothing() {
        GraphProto add = graph("i:i[] c:b[] s:f", "c:b t:f t:f", node("t = Add(s, s)"));
        GraphProto graph = graph(
                "x:f[2]",
                "y:f z:f",
                bool("no", false),
                longs("m", 5),
                node("y, z = Loop(m, no, x)", body("body", add)));

        assertThat(run(graph, X)).containsExactly("FP32[2] [1.0, 2.0]", "FP32[0,2] []");
    }

    @Test
    void innerLoopsReadValuesFromSeveralLevelsUpUnderNamesThatShadow() {
        GraphProto inner = graph("i:i[] c:b[] s:f", "c:b t:f", node("u = Mul(x, k)"), node("t = Add(s, u)"));
        GraphProto outer = graph(
                "i:i[] c:b[] s:f",
                "c:b t:f",
                floats("k", 10),
                node("u = Identity(s)"),
                node("t = Loop(m, c, u)", body("body", inner)));
        GraphProto graph = graph(
                "m:i[] x:f[2]",
                "y:f",
                node("s = Neg(x)"),
                node("u = Identity(s)"),
                node("y = Loop(m, , u)", body("body", outer)));

        assertThat(run(graph, count(2), X)).containsExactly("FP32[2] [39.0, 78.0]");
    }

    @Test
    void sequencesAreCarriedAndKeepTheirElements() {
        GraphProto collect = graph(
                "i:i[] c:b[] q:seq(f)",
                "c:b r:seq(f)",
                node("f = Cast(i)", number("to", 1)),
                node("e = Mul(x, f)"),
                node("r = SequenceInsert(q, e)"));
        GraphProto graph = graph(
                "m:i[] x:f[2]",
                "q:seq(f) y:f n:i",
                node("empty = SequenceEmpty()"),
                node("q = Loop(m, , empty)", body("body", collect)),
                longs("first", 0),
                node("y = ConcatFromSequence(q)", number("axis", 0)),
                node("n = SequenceLength(q)"));

        assertThat(run(graph, count(3), X))
                .containsExactly(
                        "[FP32[2] [0.0, 0.0], FP32[2] [1.0, 2.0], FP32[2] [2.0, 4.0]]",
                        "FP32[6] [0.0, 0.0, 1.0, 2.0, 2.0, 4.0]",
                        "INT64[] [3]");
    }

    @Test
    void scanOutputsOfDifferentShapesFailTheRunAndNameTheNode() {
        GraphProto grow = graph("i:i[] c:b[] s:f", "c:b t:f t:f", node("t = Concat(s, s)", number("axis", 0)));
        GraphProto graph = graph("m:i[] x:f[n]", "y:f z:f", node("y, z = Loop(m, , x)", body("body", grow)));

        assertThatThrownBy(() -> run(graph, count(2), X))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("node 'y' (Loop)")
                .hasMessageContaining("[8]")
                .hasMessageContaining("[4]");
    }

    @Test
    void aStateThatChangesItsDatatypeIsRefused() {
        GraphProto size = graph("i:i[] c:b[] s:f", "c:b t:i", node("t = Size(s)"));
        GraphProto graph = graph("m:i[] x:f[n]", "y:f", node("y = Loop(m, , x)", body("body", size)));

        assertThatThrownBy(() -> run(graph, count(2), X))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("node 'y' (Loop)")
                .hasMessageContaining("state 0");
    }

    @Test
    void loopsMayBeNestedDeep() {
        GraphProto inner = graph("i:i[] c:b[] s:f", "c:b t:f", node("t = Add(s, x)"));
        for (int depth = 0; depth < 25; depth++) {
            inner = graph("i:i[] c:b[] s:f", "c:b t:f", node("t = Loop(m, c, s)", body("body", inner)));
        }
        GraphProto graph = graph("m:i[] x:f[2]", "y:f", node("y = Loop(m, , x)", body("body", inner)));

        assertThat(run(graph, count(1), X)).containsExactly("FP32[2] [2.0, 4.0]");
    }

    @Test
    void loopsNestedSoDeepThatTheirTypesWouldTakeForEverAreRefused() {
        GraphProto inner = graph("i:i[] c:b[] s:f", "c:b t:f", node("t = Concat(s, s)", number("axis", 0)));
        for (int depth = 0; depth < 40; depth++) {
            inner = graph("i:i[] c:b[] s:f", "c:b t:f", node("t = Loop(m, c, s)", body("body", inner)));
        }
        GraphProto graph = graph("m:i[] x:f[2]", "y:f", node("y = Loop(m, , x)", body("body", inner)));

        assertThatThrownBy(() -> run(graph, count(1), X))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("nested too deep");
    }
}
