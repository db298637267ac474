package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.device.DeviceChain;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.cuda.device.ElementwiseChain.Access;
import dev.nereid.cuda.device.ElementwiseChain.Binary;
import dev.nereid.cuda.device.ElementwiseChain.Compare;
import dev.nereid.cuda.device.ElementwiseChain.Function;
import dev.nereid.cuda.device.ElementwiseChain.Operand;
import dev.nereid.cuda.device.ElementwiseChain.Place;
import dev.nereid.cuda.device.ElementwiseChain.Select;
import dev.nereid.cuda.device.ElementwiseChain.Unary;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.scalar.ScalarElementwise;
import dev.nereid.tensor.DataType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Chains written as PTX beside the scalar kernels, interpreted by the emulated GPU and assembled by ptxas. */
@Tag("cuda")
class CudaChainsTest {
    private static final ElementwiseKernels ORACLE = new ScalarElementwise();
    private static final float ALPHA = 0.75f;
    private static final float BETA = 1.25f;
    /** What these give below zero is the difference of two numbers nearly alike, on the CPU too. */
    private static final Set<UnaryOp> CANCELLING = Set.of(UnaryOp.GELU, UnaryOp.GELU_TANH, UnaryOp.HARD_SWISH);

    private static final float[] SPECIAL = {
        0f,
        -0f,
        1f,
        -1f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -1e-39f,
        Float.MAX_VALUE,
        0.5f,
        -0.5f,
        2.5f,
        -2.5f,
        1e-30f,
        88f,
        -88f,
        -103f,
        0.6666667f,
        1.3333334f,
        30f
    };
    private static final Operand DENSE = new Operand(DataType.FP32, Access.DENSE);
    private static final Operand SCALAR = new Operand(DataType.FP32, Access.SCALAR);
    private static final Operand PERIODIC = new Operand(DataType.FP32, Access.PERIODIC);

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("chains of elementwise functions");
    }

    static Stream<UnaryOp> unaryOps() {
        return Arrays.stream(UnaryOp.values()).filter(CudaCapabilities.INSTANCE::chains);
    }

    static Stream<BinaryOp> binaryOps() {
        return Arrays.stream(BinaryOp.values()).filter(CudaCapabilities.INSTANCE::chains);
    }

    /** A chain of every function, and of everything that an operand can be. */
    static List<ElementwiseChain> everything() {
        List<ElementwiseChain> chains = new ArrayList<>();
        unaryOps().forEach(op -> chains.add(chain(List.of(DENSE), new Unary(op, 0, ALPHA, BETA))));
        binaryOps().forEach(op -> chains.add(chain(List.of(DENSE, DENSE), new Binary(op, 0, 1))));
        for (CompareOp op : CompareOp.values()) {
            chains.add(chain(List.of(DENSE, SCALAR), new Compare(op, 0, 1)));
        }
        chains.add(gate());
        return chains;
    }

    /** {@code tanh(x + row) * sigmoid(x + row) where row is less than the scalar, x elsewhere}. */
    private static ElementwiseChain gate() {
        return chain(
                List.of(DENSE, PERIODIC, SCALAR),
                new Binary(BinaryOp.ADD, 0, 1),
                new Unary(UnaryOp.TANH, 3, 0, 0),
                new Unary(UnaryOp.SIGMOID, 3, 0, 0),
                new Binary(BinaryOp.MUL, 4, 5),
                new Compare(CompareOp.LESS, 1, 2),
                new Select(7, 6, 0));
    }

    private static ElementwiseChain chain(List<Operand> operands, Function... functions) {
        return new ElementwiseChain(operands, List.of(functions));
    }

    @ParameterizedTest
    @MethodSource("unaryOps")
    void computesFunctionsOfOneOperand(UnaryOp op) {
        DeviceChain chain = rig.resources().compile(chain(List.of(DENSE), new Unary(op, 0, ALPHA, BETA)));
        for (int size : DeviceRig.SIZES) {
            MemorySegment x = operand(size, 1);
            MemorySegment expected = rig.memory(4L * size);
            ORACLE.unary(op, DataType.FP32).run(x, 0, expected, 0, size, ALPHA, BETA);
            MemorySegment actual = rig.run(
                    4L * size,
                    List.of(x),
                    (kernels, in, out) ->
                            kernels.elementwise().chain(chain, List.of(new Place(in[0], 1, size)), out, size));
            float absolute = CANCELLING.contains(op) ? 2e-7f : 1e-38f;
            DeviceRig.assertClose(actual, expected, 1e-6f, absolute, op + " of " + size);
        }
    }

    @ParameterizedTest
    @MethodSource("binaryOps")
    void computesFunctionsOfTwoOperands(BinaryOp op) {
        DeviceChain chain = rig.resources().compile(chain(List.of(DENSE, DENSE), new Binary(op, 0, 1)));
        for (int size : DeviceRig.SIZES) {
            MemorySegment x = operand(size, 1);
            MemorySegment y = operand(size, 2);
            MemorySegment expected = rig.memory(4L * size);
            ORACLE.binary(op, DataType.FP32).both(x, 0, y, 0, expected, 0, size);
            MemorySegment actual = rig.run(
                    4L * size,
                    List.of(x, y),
                    (kernels, in, out) -> kernels.elementwise()
                            .chain(chain, List.of(new Place(in[0], 1, size), new Place(in[1], 1, size)), out, size));
            DeviceRig.assertClose(actual, expected, 0, 0, op + " of " + size);
        }
    }

    @Test
    void joinsFunctionsOfRepeatedOperandsAndConditions() {
        DeviceChain chain = rig.resources().compile(gate());
        int[][] shapes = {{1, 1, 1}, {3, 5, 1}, {1, 7, 4}, {2, 3, 5}, {4, 64, 33}};
        for (int[] shape : shapes) {
            int count = shape[1];
            int inner = shape[2];
            int size = shape[0] * count * inner;
            MemorySegment x = rig.random(new Random(size), size);
            MemorySegment row = rig.random(new Random(count), count);
            MemorySegment limit = rig.floats(0.25f);
            float[] expected = new float[size];
            for (int i = 0; i < size; i++) {
                float r = row.getAtIndex(ValueLayout.JAVA_FLOAT, i / inner % count);
                float sum = x.getAtIndex(ValueLayout.JAVA_FLOAT, i) + r;
                double gated = Math.tanh(sum) / (1 + Math.exp(-sum));
                expected[i] = r < 0.25f ? (float) gated : x.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            }
            List<MemorySegment> operands = List.of(x, row, limit);
            MemorySegment actual = rig.run(
                    4L * size,
                    operands,
                    (kernels, in, out) -> kernels.elementwise()
                            .chain(
                                    chain,
                                    List.of(
                                            new Place(in[0], 1, size),
                                            new Place(in[1], inner, count),
                                            new Place(in[2], 1, 1)),
                                    out,
                                    size));
            DeviceRig.assertClose(actual, rig.floats(expected), 1e-6f, 1e-7f, Arrays.toString(shape));
        }
    }

    @Test
    void comparesAsTheScalarKernelsDo() {
        int size = 1021;
        MemorySegment x = operand(size, 5);
        MemorySegment y = operand(size, 6);
        for (CompareOp op : CompareOp.values()) {
            DeviceChain chain = rig.resources().compile(chain(List.of(DENSE, DENSE), new Compare(op, 0, 1)));
            MemorySegment expected = rig.memory(size);
            ORACLE.compare(op, DataType.FP32).both(x, 0, y, 0, expected, 0, size);
            MemorySegment actual = rig.run(
                    size,
                    List.of(x, y),
                    (kernels, in, out) -> kernels.elementwise()
                            .chain(chain, List.of(new Place(in[0], 1, size), new Place(in[1], 1, size)), out, size));
            assertThat(actual.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void compilesEqualChainsOnce() {
        assertThat(rig.resources().compile(gate())).isSameAs(rig.resources().compile(gate()));
    }

    @Test
    void refusesFunctionsOfValuesThatAreNotThere() {
        assertThatThrownBy(() -> chain(List.of(DENSE), new Binary(BinaryOp.ADD, 0, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a value of FP32 that is there, got number 1");
        assertThatThrownBy(() -> chain(List.of(DENSE, DENSE), new Select(0, 0, 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected a value of BOOL that is there, got number 0");
    }

    @Test
    void writesTextThatTheAssemblerTakes(@TempDir Path folder) throws IOException, InterruptedException {
        Path ptxas = assembler().orElseGet(() -> {
            System.out.println("SKIPPED: assembling chains, for there is no ptxas on the path");
            return Assumptions.abort("no ptxas");
        });
        // All in one text, under names of their own: the assembler takes long to start.
        StringBuilder text = new StringBuilder();
        for (ElementwiseChain chain : everything()) {
            String one = ChainText.of(chain);
            String kernel = text.isEmpty() ? one : one.substring(one.indexOf(".visible"));
            text.append(kernel.replace(".entry chain(", ".entry chain" + text.length() + "("));
        }
        Path file = Files.writeString(folder.resolve("chains.ptx"), text);
        for (String card : List.of("sm_75", "sm_80", "sm_90")) {
            Process process = new ProcessBuilder(ptxas.toString(), "-arch=" + card, "-o", "/dev/null", file.toString())
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as("%s: %s", card, said).isZero();
        }
    }

    private static Optional<Path> assembler() {
        return Arrays.stream(System.getenv("PATH").split(":"))
                .map(folder -> Path.of(folder, "ptxas"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Special numbers first, then random ones. */
    private static MemorySegment operand(int size, long seed) {
        MemorySegment memory = rig.random(new Random(seed), size);
        for (int i = 0; i < Math.min(size, SPECIAL.length); i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, SPECIAL[(int) ((i * seed + seed) % SPECIAL.length)]);
        }
        return memory;
    }
}
