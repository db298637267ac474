package dev.nereid.models.onnx;

import static dev.nereid.models.onnx.OnnxFiles.call;
import static dev.nereid.models.onnx.OnnxFiles.floatInitializer;
import static dev.nereid.models.onnx.OnnxFiles.floats;
import static dev.nereid.models.onnx.OnnxFiles.function;
import static dev.nereid.models.onnx.OnnxFiles.initializer;
import static dev.nereid.models.onnx.OnnxFiles.model;
import static dev.nereid.models.onnx.OnnxFiles.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.SparseTensorProto;
import dev.nereid.proto.onnx.TensorProto;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged files: whatever comes, the importer reads it or says why not, and takes no memory that was only claimed. */
@Tag("soak")
class ImporterFuzzTest {
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20261125L);
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 8));
    private static final int FEWEST_ROUNDS = 2000;
    private static final int MAXIMUM_EDITS = 6;
    private static final long MEMORY = 1L << 29;

    @Test
    void readsOrRefusesDamagedFiles() {
        System.out.println("ImporterFuzzTest: -Dnereid.test.fuzz.seed=" + SEED);
        byte[] whole = everything();
        SplittableRandom random = new SplittableRandom(SEED);
        long end = System.nanoTime() + TIME.toNanos();
        int read = 0;
        int refused = 0;
        for (int round = 0; round < FEWEST_ROUNDS || System.nanoTime() < end; round++) {
            byte[] damaged = damage(whole, random);
            try {
                long live = NativeMemory.liveBytes();
                if (isRead(damaged)) {
                    read++;
                } else {
                    refused++;
                }
                assertThat(NativeMemory.liveBytes()).isEqualTo(live);
            } catch (Throwable e) {
                throw new AssertionError("round " + round + " of seed " + SEED + ": " + Arrays.toString(damaged), e);
            }
        }
        System.out.println("ImporterFuzzTest: " + read + " files read, " + refused + " refused");
        assertThat(read).isPositive();
        assertThat(refused).isGreaterThan(1000);
    }

    /** Whether the importer reads the file; anything but its own exception is a failure. */
    static boolean isRead(byte[] file) {
        try (NativeMemory copy = NativeMemory.allocate(file.length);
                ImportMemory memory = new ImportMemory()) {
            MemorySegment.copy(file, 0, copy.segment(), ValueLayout.JAVA_BYTE, 0, file.length);
            OnnxImporter.load(copy.segment().asSlice(0, file.length), Optional.empty(), memory);
            assertThat(NativeMemory.liveBytes()).isLessThan(MEMORY);
            return true;
        } catch (ModelFormatException e) {
            return false;
        }
    }

    private static byte[] damage(byte[] whole, SplittableRandom random) {
        byte[] file = whole.clone();
        int edits = 1 + random.nextInt(MAXIMUM_EDITS);
        for (int i = 0; i < edits; i++) {
            int at = random.nextInt(file.length);
            switch (random.nextInt(6)) {
                case 0 -> file[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> file[at] = (byte) random.nextInt(256);
                case 2 -> file[at] = (byte) (random.nextBoolean() ? 0xFF : 0x7F);
                case 3 -> file = Arrays.copyOf(file, Math.max(1, at));
                case 4 -> file = splice(file, at, random.nextInt(file.length), random.nextInt(40));
                default -> file = splice(file, at, at, random.nextInt(12));
            }
        }
        return file;
    }

    /** The file with {@code length} bytes from {@code from} put in at {@code at}. */
    private static byte[] splice(byte[] file, int at, int from, int length) {
        byte[] piece = Arrays.copyOfRange(file, from, Math.min(file.length, from + length));
        byte[] longer = new byte[file.length + piece.length];
        System.arraycopy(file, 0, longer, 0, at);
        System.arraycopy(piece, 0, longer, at, piece.length);
        System.arraycopy(file, at, longer, at + piece.length, file.length - at);
        return longer;
    }

    /** A model with every kind of message that the importer looks into. */
    static byte[] everything() {
        GraphProto branch = GraphProto.newBuilder()
                .addNode(node("Neg", List.of("m"), List.of("t")))
                .addInitializer(floatInitializer("inner", 1))
                .addOutput(floats("t", 4))
                .build();
        SparseTensorProto sparse = SparseTensorProto.newBuilder()
                .setValues(initializer("s", TensorProto.DataType.FLOAT, 1).addFloatData(5))
                .setIndices(initializer("", TensorProto.DataType.INT64, 1).addInt64Data(2))
                .addDims(2)
                .addDims(3)
                .build();
        GraphProto graph = GraphProto.newBuilder()
                .setName("g")
                .addInput(floats("x", "batch", 4))
                .addInput(GraphWriter.value("c", TensorProto.DataType.BOOL))
                .addOutput(floats("y", "batch", 4))
                .addInitializer(floatInitializer("w", 1, 2, 3, 4))
                .addInitializer(initializer("i", TensorProto.DataType.INT64, 2)
                        .addInt64Data(1)
                        .addInt64Data(2))
                .addInitializer(initializer("p", TensorProto.DataType.INT4, 3)
                        .setRawData(ByteString.copyFrom(new byte[] {1, 2})))
                .addInitializer(
                        initializer("n", TensorProto.DataType.STRING, 1).addStringData(ByteString.copyFromUtf8("name")))
                .addSparseInitializer(sparse)
                .addNode(node("Add", List.of("x", "w"), List.of("m"), number("axis", 1)))
                .addNode(node("If", List.of("c"), List.of("b"), ModelSketch.body("then_branch", branch)))
                .addNode(call("F", List.of("b"), List.of("y"), number("of", 3)))
                .addValueInfo(floats("m", "batch", 4))
                .build();
        return model(graph)
                .addFunctions(function(
                        "F",
                        List.of("a"),
                        List.of("r"),
                        node("LeakyRelu", List.of("a"), List.of("r"), OnnxFiles.reference("axis", "of"))))
                .build()
                .toByteArray();
    }
}
