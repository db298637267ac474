package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.blockwise.BlockwiseKernels;
import dev.nereid.kernels.blockwise.BlockwiseMatrix;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.attention.ComputePrecision;
import dev.nereid.models.operators.attention.PackedWeights;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * com.microsoft.MatMulNBits and MatMulBnb4: {@code y = a * transposed(b) + bias}, where b is held in a few bits a number.
 * Constant weights of four or eight bits in blocks stay so; others become {@code FP32} while the plan is built. At accuracy level 4
 * the left side may be rounded to bytes.
 *
 * <p>Inputs: a: [..., k]; b: of {@code UINT8}; scales; zero points, optional; g_idx, optional: [k], the block whose scale
 * and zero point each column of b has; bias, optional: [n]. Output: y: [..., n].
 *
 * @param format how b is held
 */
public record MatMulNBits(Format format) implements Operator {
    /** How the right side is held. */
    public enum Format {
        /** See {@link BlockQuantizedMatrix}. */
        BLOCKS {
            @Override
            void check(Attributes attributes) {
                BlockQuantizedMatrix.bits(attributes);
            }

            @Override
            NBitMatrix matrix(Attributes attributes, IntFunction<Optional<Tensor>> inputs) {
                return BlockQuantizedMatrix.of(
                        attributes,
                        inputs.apply(B).orElseThrow(),
                        inputs.apply(SCALES).orElseThrow(),
                        inputs.apply(ZERO_POINTS),
                        inputs.apply(GROUPS));
            }
        },
        /** See {@link CodebookMatrix}. */
        CODEBOOK {
            @Override
            void check(Attributes attributes) {
                CodebookMatrix.values(attributes);
            }

            @Override
            NBitMatrix matrix(Attributes attributes, IntFunction<Optional<Tensor>> inputs) {
                return CodebookMatrix.of(
                        attributes,
                        inputs.apply(B).orElseThrow(),
                        inputs.apply(SCALES).orElseThrow());
            }
        };

        /** @throws ModelFormatException if the attributes are not those of this format */
        abstract void check(Attributes attributes);

        /** The matrix that the node's inputs hold. */
        abstract NBitMatrix matrix(Attributes attributes, IntFunction<Optional<Tensor>> inputs);
    }

    public static final int B = 1;
    public static final int SCALES = 2;
    public static final int ZERO_POINTS = 3;
    public static final int GROUPS = 4;
    public static final int BIAS = 5;

    /** The accuracy level at which the left side may be rounded to bytes. */
    private static final long ROUNDED_TO_BYTES = 4;

    public static int attribute(Attributes attributes, String name) {
        long value = attributes.integer(name, 0);
        if (value < 1) {
            throw new ModelFormatException("attribute '" + name + "': expected a positive number, got " + value);
        }
        return Math.toIntExact(value);
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        int n = attribute(inference.attributes(), "N");
        Dim k = Dim.of(attribute(inference.attributes(), "K"));
        format.check(inference.attributes());
        TensorType a = inference.type(0);
        if (!a.hasRank()) {
            return List.of(a);
        }
        if (a.rank() == 0 || (a.dim(-1).isKnown() && !a.dim(-1).equals(k))) {
            throw new ModelFormatException("input 0: expected " + k + " columns, got " + a);
        }
        List<Dim> dims = new ArrayList<>(a.dims().orElseThrow());
        dims.set(dims.size() - 1, Dim.of(n));
        return List.of(TensorType.of(a.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        ComputePrecision precision = ComputePrecision.of(lowering, DataType.FP32, 0, BIAS);
        Attributes attributes = lowering.attributes();
        MatMulKernels kernels = lowering.kernels().matMul();
        int n = attribute(attributes, "N");
        int k = attribute(attributes, "K");
        if (!areConstant(lowering)) {
            lowering.step(run -> multiply(kernels, run, precision, attributes, n, k));
            return;
        }
        int[] reads = lowering.has(BIAS) ? new int[] {0, BIAS} : new int[] {0};
        NBitMatrix matrix =
                format.matrix(attributes, input -> lowering.has(input) ? lowering.constant(input) : Optional.empty());
        Optional<BlockwiseMatrix> blocks = matrix.source()
                .map(source -> BlockwiseMatrix.pack(
                        k, n, source, lowering.constantMemory(BlockwiseMatrix.bytes(k, n, source))));
        if (blocks.isPresent()) {
            BlockwiseKernels blockwise = lowering.kernels().blockwise();
            BlockwiseKernels.Left left = attributes.integer("accuracy_level", 0) == ROUNDED_TO_BYTES
                    ? BlockwiseKernels.Left.ROUNDED
                    : BlockwiseKernels.Left.FLOATS;
            lowering.stepReading(reads, run -> multiplyBlocks(blockwise, run, precision, blocks.get(), left));
        } else {
            PackedMatrix weights = PackedWeights.packTransposed(lowering, n, k, matrix);
            lowering.stepReading(reads, run -> {
                Matrix a = left(run, precision, k);
                MemorySegment computed = precision.target(run, run.output(0));
                MemorySegment scratch = run.scratch(kernels.scratchBytes(a.rows(), weights));
                kernels.multiply(
                        a,
                        weights,
                        Matrix.of(computed, a.rows(), n),
                        epilogue(run, precision, a.rows(), n),
                        scratch,
                        run.workers());
                precision.write(run, computed, run.output(0));
            });
        }
    }

    private static boolean areConstant(Lowering lowering) {
        return IntStream.of(B, SCALES, ZERO_POINTS, GROUPS)
                .allMatch(input ->
                        !lowering.has(input) || lowering.constant(input).isPresent());
    }

    private static void multiplyBlocks(
            BlockwiseKernels kernels,
            StepRun run,
            ComputePrecision precision,
            BlockwiseMatrix weights,
            BlockwiseKernels.Left left) {
        Matrix a = left(run, precision, weights.k());
        MemorySegment computed = precision.target(run, run.output(0));
        kernels.multiply(
                a,
                weights,
                left,
                bias(run, precision, weights.n()),
                Matrix.of(computed, a.rows(), weights.n()),
                run.scratch(kernels.scratchBytes(a.rows(), weights, left, run.workers())),
                run.workers());
        precision.write(run, computed, run.output(0));
    }

    private static Matrix left(StepRun run, ComputePrecision precision, int k) {
        Shape shape = run.input(0).shape();
        if (shape.rank() == 0 || shape.dim(-1) != k) {
            throw new IllegalArgumentException("input 0: expected " + k + " columns, got " + shape);
        }
        int rows = Math.toIntExact(shape.elements(0, shape.rank() - 1));
        return Matrix.of(precision.read(run, run.input(0)), rows, k);
    }

    private static Epilogue epilogue(StepRun run, ComputePrecision precision, int rows, int n) {
        return bias(run, precision, n)
                .map(numbers -> Epilogue.NONE.withAddend(Matrix.repeatedRow(numbers, 0, rows, n)))
                .orElse(Epilogue.NONE);
    }

    private static Optional<MemorySegment> bias(StepRun run, ComputePrecision precision, int n) {
        if (!run.has(BIAS)) {
            return Optional.empty();
        }
        if (run.input(BIAS).shape().elements() != n) {
            throw new IllegalArgumentException("input 5: expected " + n + " numbers, got "
                    + run.input(BIAS).shape());
        }
        return Optional.of(precision.read(run, run.input(BIAS)));
    }

    private void multiply(
            MatMulKernels kernels, StepRun run, ComputePrecision precision, Attributes attributes, int n, int k) {
        NBitMatrix matrix =
                format.matrix(attributes, input -> run.has(input) ? Optional.of(run.input(input)) : Optional.empty());
        MemorySegment dense = run.scratch(4L * n * k);
        float[] values = new float[k];
        for (int row = 0; row < n; row++) {
            matrix.read(row, values);
            MemorySegment.copy(values, 0, dense, ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * row * k, k);
        }
        Matrix a = left(run, precision, k);
        Matrix b = Matrix.of(dense, n, k).transposed();
        MemorySegment computed = precision.target(run, run.output(0));
        MemorySegment scratch = run.scratch(kernels.scratchBytes(a, b));
        Epilogue epilogue = epilogue(run, precision, a.rows(), n);
        kernels.multiply(a, b, Matrix.of(computed, a.rows(), n), epilogue, scratch, run.workers());
        precision.write(run, computed, run.output(0));
    }
}
