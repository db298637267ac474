package dev.nereid.models.execute;

import static dev.nereid.models.operators.ModelSketch.body;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs that end before they are over, wherever they are: they leave nothing, and the next run gives what it should. */
@Tag("found-6")
@Timeout(60)
class CancellationTest {
    private static final long ENDLESS = 1L << 62;
    private static final Tensor X = Tensors.floats(new float[] {1, 2});

    private final SlabPool pool = new SlabPool(1 << 20);

    @AfterEach
    void leavesNothing() {
        assertThat(pool.usedBytes()).isZero();
        pool.close();
    }

    private static Tensor count(long value) {
        return Tensors.longs(value).withShape(Shape.SCALAR);
    }

    private void checkCancelledAnywhere(GraphProto graph, Tensor... inputs) {
        for (LoadOptions options : List.of(LoadOptions.DEFAULT, LoadOptions.UNOPTIMIZED)) {
            try (LoadedModel model = ModelSketch.load(graph, options, pool)) {
                CancelledRuns.checkAnywhere(model, pool, inputs);
            }
        }
    }

    /** States that are computed and that grow, and what is stacked of all iterations. */
    private static GraphProto loop() {
        GraphProto next = graph(
                "i:i[] c:b[] s:f[2] g:f",
                "c2:b t:f h:f t:f",
                node("c2 = Identity(c)"),
                node("t = Add(s, s)"),
                node("h = Concat(g, s)", number("axis", 0)));
        return graph("m:i[] x:f[2]", "y:f g:f z:f", node("y, g, z = Loop(m, , x, x)", body("body", next)));
    }

    @Test
    void aLoopEndsBetweenTwoIterations() {
        checkCancelledAnywhere(loop(), count(3), X);
    }

    @Test
    void aLoopOfEndlessManyTripsEnds() {
        GraphProto next = graph("i:i[] c:b[] s:f[2]", "c2:b t:f", node("c2 = Identity(c)"), node("t = Sigmoid(s)"));
        GraphProto graph = graph("m:i[] x:f[2]", "y:f", node("y = Loop(m, , x)", body("body", next)));
        try (LoadedModel model = ModelSketch.load(graph, LoadOptions.DEFAULT, pool)) {
            List<String> before = CancelledRuns.outputs(model, count(2), X);
            long used = pool.usedBytes();
            assertThatThrownBy(() -> CancelledRuns.run(model, new CancelledRuns.AtAsk(10_000), count(ENDLESS), X))
                    .isInstanceOf(CancellationException.class);
            assertThat(pool.usedBytes()).isEqualTo(used);
            assertThat(CancelledRuns.outputs(model, count(2), X)).isEqualTo(before);
        }
    }

    /** A body that hands on what it is given has no steps. */
    @Test
    void aLoopWithoutStepsEnds() {
        GraphProto nothing = graph("i:i[] c:b[] s:f[2]", "c:b s:f");
        GraphProto graph = graph("m:i[] x:f[2]", "y:f", node("y = Loop(m, , x)", body("body", nothing)));
        try (LoadedModel model = ModelSketch.load(graph, LoadOptions.DEFAULT, pool)) {
            assertThatThrownBy(() -> CancelledRuns.run(model, new CancelledRuns.AtAsk(1000), count(ENDLESS), X))
                    .isInstanceOf(CancellationException.class);
            assertThat(CancelledRuns.outputs(model, count(2), X)).containsExactly("FP32[2] [1.0, 2.0]");
        }
    }

    @Test
    void loopsInsideLoopsEnd() {
        GraphProto inner = graph("j:i[] d:b[] s:f[2]", "d2:b t:f", node("d2 = Identity(d)"), node("t = Add(s, x)"));
        GraphProto outer = graph(
                "i:i[] c:b[] s:f[2]",
                "c2:b t:f",
                node("c2 = Identity(c)"),
                node("t = Loop(m, , s)", body("body", inner)));
        checkCancelledAnywhere(
                graph("m:i[] x:f[2]", "y:f", node("y = Loop(m, , x)", body("body", outer))), count(2), X);
    }

    @Test
    void aScanEndsBetweenTwoIterations() {
        GraphProto sum = graph("s:f[] e:f[]", "t:f u:f", node("t = Add(s, e)"), node("u = Identity(t)"));
        checkCancelledAnywhere(
                graph(
                        "s:f[] x:f[n]",
                        "y:f z:f",
                        node("y, z = Scan(s, x)", body("body", sum), number("num_scan_inputs", 1))),
                Tensors.floats(new float[] {1}).withShape(Shape.SCALAR),
                Tensors.floats(new float[] {1, 2, 3}));
    }

    @Test
    void aSequenceMapEndsBetweenTwoElements() {
        GraphProto twice = graph("e:f", "t:f", node("t = Add(e, e)"));
        checkCancelledAnywhere(
                graph(
                        "x:f[2]",
                        "y:f",
                        node("s = SequenceConstruct(x, x, x)"),
                        node("t = SequenceMap(s)", body("body", twice)),
                        node("y = ConcatFromSequence(t)", number("axis", 0))),
                X);
    }

    private static GraphProto chain(int nodes) {
        List<NodeProto> chain = new ArrayList<>();
        for (int i = 0; i < nodes; i++) {
            chain.add(node((i == nodes - 1 ? "y" : "v" + (i + 1)) + " = Sigmoid(" + (i == 0 ? "x" : "v" + i) + ")"));
        }
        return graph("x:f[2]", "y:f", chain.toArray(NodeProto[]::new));
    }

    @Test
    void aChainOfStepsEndsBetweenTwoOfThem() {
        checkCancelledAnywhere(chain(20), X);
    }

    @Test
    void aRunThatIsCancelledBeforeItBeginsRunsNothing() {
        try (LoadedModel model = ModelSketch.load(chain(2), LoadOptions.DEFAULT, pool)) {
            assertThatThrownBy(() -> CancelledRuns.run(model, () -> true, X)).isInstanceOf(CancellationException.class);
        }
    }
}
