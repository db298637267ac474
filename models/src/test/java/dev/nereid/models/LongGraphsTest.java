package dev.nereid.models;

import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.onnx.OnnxImporter;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.models.operators.Tensors;
import dev.nereid.proto.onnx.FunctionProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Graphs of thousands of nodes: four times as many take about four times as long, not sixteen times. */
@Tag("found-20")
class LongGraphsTest {
    /** Between four and sixteen. */
    private static final double MOST_RATIO = 9;

    /** Of several measurements the least counts: others are of code that is not compiled yet. */
    private static final int ATTEMPTS = 4;

    /** Nodes from x to y, each of which {@code next} makes of what it reads and what it makes. */
    private static GraphProto chain(String input, int count, Next next) {
        List<NodeProto> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.addAll(next.nodes(i, i == 0 ? "x" : "v" + i, i == count - 1 ? "y" : "v" + (i + 1)));
        }
        return graph(input, "y:f", nodes.toArray(NodeProto[]::new));
    }

    private interface Next {
        List<NodeProto> nodes(int place, String from, String to);
    }

    private static long nanosOfLoad(GraphProto graph) {
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        try (SlabPool pool = new SlabPool(1 << 20);
                LoadedModel _ = ModelSketch.load(graph, LoadOptions.DEFAULT, pool)) {
            return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start;
        }
    }

    private static void checkGrowth(int count, IntFunction<GraphProto> graphs) {
        GraphProto one = graphs.apply(count);
        GraphProto four = graphs.apply(4 * count);
        long small = Long.MAX_VALUE;
        long large = Long.MAX_VALUE;
        for (int i = 0; i < ATTEMPTS && (i < 2 || large > MOST_RATIO * small); i++) {
            small = Math.min(small, nanosOfLoad(one));
            large = Math.min(large, nanosOfLoad(four));
        }
        assertThat((double) large / small)
                .as("%d nodes take %d ms, %d nodes %d ms", count, small / 1_000_000, 4 * count, large / 1_000_000)
                .isLessThan(MOST_RATIO);
    }

    @Test
    void aChainOfSteps() {
        checkGrowth(
                1500, count -> chain("x:f[n,4]", count, (_, from, to) -> List.of(node(to + " = Relu(" + from + ")"))));
    }

    /** Each dim is a formula of all strides before. */
    @Test
    void aChainWhoseDimsAreLongerAndLongerFormulas() {
        checkGrowth(100, count -> chain("x:f[n,3,h,w]", count, (_, from, to) -> List.of(pool(to, from, 2))));
    }

    private static NodeProto pool(String made, String from, long stride) {
        return node(
                made + " = MaxPool(" + from + ")", numbers("kernel_shape", 1L, 1L), numbers("strides", stride, stride));
    }

    /** Each dim is a formula of two that are formulas of the same two. */
    @Test
    @Timeout(60)
    void aChainWhoseDimsWouldBeExponentiallyLongFormulas() {
        GraphProto graph = chain(
                "x:f[n,3,h,w]",
                60,
                (i, from, to) -> List.of(
                        pool("a" + i, from, 2), pool("b" + i, from, 3), node(to + " = Add(a" + i + ", b" + i + ")")));
        assertThat(nanosOfLoad(graph)).isLessThan(TimeUnit.SECONDS.toNanos(20));
    }

    /** Views of views, each of which somebody reads; the whole is run too. */
    @Test
    void aChainOfViews() {
        IntFunction<GraphProto> graphs = count -> {
            List<NodeProto> nodes = new ArrayList<>();
            nodes.add(ModelSketch.longs("axes", 0, 1));
            List<String> sums = new ArrayList<>();
            String last = "x";
            for (int i = 0; i < count; i++) {
                nodes.add(node("u" + i + " = Unsqueeze(" + last + ", axes)"));
                nodes.add(node("s" + i + " = Squeeze(u" + i + ", axes)"));
                nodes.add(node("r" + i + " = Neg(s" + i + ")"));
                last = "s" + i;
                sums.add("r" + i);
            }
            nodes.add(node("y = Sum(" + String.join(", ", sums) + ")"));
            return graph("x:f[n]", "y:f", nodes.toArray(NodeProto[]::new));
        };
        checkGrowth(400, graphs);
        try (SlabPool pool = new SlabPool(1 << 20);
                LoadedModel model = ModelSketch.load(graphs.apply(8000), LoadOptions.DEFAULT, pool)) {
            Tensor x = Tensors.floats(new float[] {1, 2});
            try (RunResult result = model.run(List.of(x), Workers.single())) {
                assertThat(Tensors.text(result.outputs().getFirst())).isEqualTo("FP32[2] [-8000.0, -16000.0]");
            }
        }
    }

    /** One value that every node reads. */
    @Test
    void aStar() {
        checkGrowth(800, count -> {
            List<NodeProto> nodes = new ArrayList<>();
            List<String> sums = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                nodes.add(node("s" + i + " = Sigmoid(x)"));
                nodes.add(node("m" + i + " = Mul(x, s" + i + ")"));
                sums.add("m" + i);
            }
            nodes.add(node("y = Sum(" + String.join(", ", sums) + ")"));
            return graph("x:f[n,4]", "y:f", nodes.toArray(NodeProto[]::new));
        });
    }

    /** Functions that call each other twice are counted and not expanded, however long their names are. */
    @Test
    void functionsThatGrowWithoutEndAreRefusedAtOnce(@TempDir Path folder) throws IOException {
        String name = "n".repeat(2000);
        ModelProto.Builder model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(18))
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1))
                .setGraph(graph("x:f[4]", "y:f", call("F0", "x", "y")));
        for (int level = 0; level < 60; level++) {
            model.addFunctions(
                    function("F" + level, call("F" + (level + 1), "a", name), call("F" + (level + 1), name, "r")));
        }
        model.addFunctions(function("F60", node("r = Neg(a)")));
        Path file = folder.resolve("model.onnx");
        Files.write(file, model.build().toByteArray());

        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        assertThatThrownBy(() -> OnnxImporter.load(file))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("(F0) calls functions more than 64 deep or with more than 200000 nodes in all");
        assertThat(ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start)
                .isLessThan(TimeUnit.SECONDS.toNanos(2));
    }

    private static NodeProto call(String function, String from, String to) {
        return NodeProto.newBuilder()
                .setDomain("own")
                .setOpType(function)
                .addInput(from)
                .addOutput(to)
                .build();
    }

    private static FunctionProto function(String name, NodeProto... nodes) {
        return FunctionProto.newBuilder()
                .setDomain("own")
                .setName(name)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(18))
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1))
                .addInput("a")
                .addOutput("r")
                .addAllNode(List.of(nodes))
                .build();
    }
}
