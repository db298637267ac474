package dev.nereid.models.tensorflow.frozen;

import static dev.nereid.models.tensorflow.frozen.GraphMessage.function;
import static dev.nereid.models.tensorflow.frozen.GraphMessage.node;
import static dev.nereid.models.tensorflow.frozen.GraphMessage.numbers;
import static dev.nereid.models.tensorflow.frozen.GraphMessage.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.tensorflow.operators.TensorflowOperator;
import dev.nereid.models.tensorflow.operators.TensorflowTable;
import dev.nereid.proto.tensorflow.GraphDef;
import dev.nereid.proto.tensorflow.NodeDef;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged graphs are imported or refused with a sentence, in bounded time. */
@Tag("soak")
class FrozenGraphFuzzTest {
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_203L);
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 4));
    private static final Duration MOST_FOR_ONE = Duration.ofSeconds(60);
    private static final int FEWEST_ROUNDS = 300;

    private static final GraphDef WHOLE = new GraphMessage()
            .placeholder("x", -1, 4, 4, 2)
            .floats("filter", new float[] {1, 2}, 3, 3, 2, 2)
            .add(node("Conv2D", "conv", "x", "filter")
                    .putAttr("strides", numbers(1L, 2L, 2L, 1L))
                    .putAttr("padding", text("SAME")))
            .add("Relu", "relu", "conv")
            .integers("axes", new int[] {1, 2}, 2)
            .add("Mean", "mean", "relu", "axes")
            .add(node("StridedSlice", "part", "mean", "begin", "axes", "axes")
                    .putAttr("begin_mask", GraphMessage.number(1)))
            .integers("begin", new int[] {0, 0}, 2)
            .add(node("While", "loop", "mean", "part")
                    .putAttr("cond", GraphMessage.function("below"))
                    .putAttr("body", GraphMessage.function("grow")))
            .add("IdentityN", "y", "loop:0", "loop:1")
            .function(function(
                    "below", List.of("a", "b"), List.of("s:z:0"), node("Size", "n", "a"), node("Less", "s", "n", "n")))
            .function(function("grow", List.of("a", "b"), List.of("s:z:0", "b"), node("Neg", "s", "a")))
            .message();

    @Test
    void damagedBytesAreImportedOrRefused() {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] whole = WHOLE.toByteArray();
        assertThat(isImported(whole)).isTrue();
        long end = System.nanoTime() + TIME.toNanos();
        for (int round = 0; round < FEWEST_ROUNDS || System.nanoTime() < end; round++) {
            byte[] file = whole.clone();
            for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                file[random.nextInt(file.length)] = (byte) random.nextInt(256);
            }
            int length = random.nextInt(4) == 0 ? random.nextInt(file.length) : file.length;
            measured(Arrays.copyOf(file, length), "round " + round + " of seed " + SEED);
        }
    }

    @Test
    void operatorsWithTheInputsOfOthersAreImportedOrRefused() {
        SplittableRandom random = new SplittableRandom(SEED);
        List<TensorflowOperator> rows = TensorflowTable.all().rows();
        long end = System.nanoTime() + TIME.toNanos();
        int refused = 0;
        int rounds = 0;
        for (; rounds < FEWEST_ROUNDS || System.nanoTime() < end; rounds++) {
            GraphDef.Builder graph = WHOLE.toBuilder();
            for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                int at = random.nextInt(graph.getNodeCount());
                NodeDef.Builder node = graph.getNodeBuilder(at);
                NodeDef other = graph.getNode(random.nextInt(graph.getNodeCount()));
                switch (random.nextInt(4)) {
                    case 0 -> node.setOp(rows.get(random.nextInt(rows.size())).name());
                    case 1 -> node.addInput(other.getName());
                    case 2 -> node.clearInput().addAllInput(other.getInputList());
                    default -> node.putAllAttr(other.getAttrMap());
                }
            }
            refused += measured(graph.build().toByteArray(), "round " + rounds + " of seed " + SEED) ? 0 : 1;
        }
        assertThat(refused).isBetween(rounds / 10, rounds);
    }

    private static boolean measured(byte[] file, String what) {
        long start = System.nanoTime();
        try {
            return isImported(file);
        } catch (Throwable e) {
            throw new AssertionError(what + ": " + HexFormat.of().formatHex(file), e);
        } finally {
            assertThat(System.nanoTime() - start).as(what).isLessThan(MOST_FOR_ONE.toNanos());
        }
    }

    /** Whether a graph is imported; anything but the importer's own exception is a failure. */
    private static boolean isImported(byte[] file) {
        try {
            FrozenGraphImporter.load(file, ModelLoader.operators(), DeclaredPorts.NONE)
                    .close();
            return true;
        } catch (ModelFormatException e) {
            return false;
        }
    }
}
