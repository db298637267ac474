package dev.nereid.models.operators.control;

import static dev.nereid.models.operators.ModelSketch.body;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static dev.nereid.models.operators.ModelSketch.run;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Scan beyond what the conformance suite covers: other axes, both directions, what is handed on. */
class ScanTest {
    private static final Tensor X = Tensors.floats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);

    @Test
    void scansAlongAnyAxisFromEitherEnd() {
        GraphProto sum = graph("s:f e:f", "t:f t2:f", node("t = Add(s, e)"), node("t2 = Identity(t)"));
        GraphProto graph = graph(
                "s:f[2] x:f[2,3]",
                "y:f sums:f",
                node(
                        "y, sums = Scan(s, x)",
                        body("body", sum),
                        number("num_scan_inputs", 1),
                        numbers("scan_input_axes", 1L),
                        numbers("scan_input_directions", 1L),
                        numbers("scan_output_axes", -1L),
                        numbers("scan_output_directions", 1L)));

        assertThat(run(graph, Tensors.floats(new float[] {0, 10}), X))
                .containsExactly("FP32[2] [6.0, 25.0]", "FP32[2,3] [6.0, 5.0, 3.0, 25.0, 21.0, 16.0]");
    }

    @Test
    void theElementHandedOnIsThatOfTheRunBefore() {
        GraphProto before = graph("s:f e:f", "e:f s:f", node("unused = Identity(s)"));
        GraphProto graph = graph(
                "s:f[3] x:f[2,3]",
                "y:f z:f",
                node("y, z = Scan(s, x)", body("body", before), number("num_scan_inputs", 1)));

        assertThat(run(graph, Tensors.floats(new float[] {7, 8, 9}), X))
                .containsExactly("FP32[3] [4.0, 5.0, 6.0]", "FP32[2,3] [7.0, 8.0, 9.0, 1.0, 2.0, 3.0]");
    }

    @Test
    void statesMayBeWhatOthersWereBefore() {
        GraphProto next = graph("a:f b:f e:f", "b:f c:f a:f", node("d = Add(a, b)"), node("c = Mul(d, e)"));
        GraphProto graph = graph(
                "a:f[1] b:f[1] x:f[6,1]",
                "p:f q:f all:f",
                node("p, q, all = Scan(a, b, x)", body("body", next), number("num_scan_inputs", 1)));

        assertThat(run(
                        graph,
                        Tensors.floats(new float[] {0}),
                        Tensors.floats(new float[] {1}),
                        Tensors.floats(new float[] {1, 1, 1, 1, 1, 2}, 6, 1)))
                .containsExactly("FP32[1] [8.0]", "FP32[1] [26.0]", "FP32[6,1] [0.0, 1.0, 1.0, 2.0, 3.0, 5.0]");
    }
}
