package dev.nereid.models.operators.linear;

import dev.nereid.kernels.layout.LayoutKernels;
import dev.nereid.kernels.matmul.Contraction;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.MatrixBatch;
import dev.nereid.models.lowering.StepRun;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.Stream;

/**
 * A contraction of two inputs of {@code FP32} as a series of products of matrices. An input whose labels do not lie in
 * memory as a matrix's rows and columns is copied first, and so is a product behind.
 */
final class LabelledProduct {
    private static final int ALIGNMENT = 64;

    private final int[] extents;
    private final ProductLabels labels;
    private final Operand left;
    private final Operand right;
    private final Operand product;

    /** @param outputStrides of the dense output, one a label of it */
    LabelledProduct(Contraction contraction, ProductLabels labels, long[] outputStrides) {
        this.extents = contraction.extents();
        this.labels = labels;
        this.left = operand(labels.rows(), labels.summed(), contraction.strides()[labels.left()]);
        this.right = operand(labels.summed(), labels.columns(), contraction.strides()[1 - labels.left()]);
        this.product = operand(labels.rows(), labels.columns(), outputStrides);
    }

    /**
     * Something that is taken for a series of matrices.
     *
     * @param strides for each label
     * @param fits whether it is one where it lies
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Operand(List<Integer> rows, List<Integer> columns, long[] strides, boolean fits) {}

    private Operand operand(List<Integer> rows, List<Integer> columns, long... strides) {
        return new Operand(rows, columns, strides, isOneAxis(rows, strides) && isOneAxis(columns, strides));
    }

    private boolean isOneAxis(List<Integer> group, long... strides) {
        for (int i = 0; i + 1 < group.size(); i++) {
            int next = group.get(i + 1);
            if (strides[group.get(i)] != strides[next] * extents[next]) {
                return false;
            }
        }
        return true;
    }

    private int count(List<Integer> group) {
        return group.stream().mapToInt(label -> extents[label]).reduce(1, Math::multiplyExact);
    }

    void run(MatMulKernels kernels, LayoutKernels layout, StepRun run) {
        boolean inPlace = product.fits() && stride(product.columns(), product.strides()) == 1;
        long leftBytes = left.fits() ? 0 : bytes(left);
        long rightBytes = right.fits() ? 0 : bytes(right);
        long productBytes = inPlace ? 0 : bytes(product);
        MemorySegment x = run.input(labels.left()).segment();
        MemorySegment w = run.input(1 - labels.left()).segment();
        MemorySegment y = run.output(0).segment();
        // Only shapes and strides decide how much memory the kernel needs.
        long own = kernels.scratchBytes(first(left, x, left.fits()), first(right, w, right.fits()));
        MemorySegment scratch = run.scratch(leftBytes + rightBytes + productBytes + own);
        MemorySegment leftCopy = scratch.asSlice(0, leftBytes);
        MemorySegment rightCopy = scratch.asSlice(leftBytes, rightBytes);
        MemorySegment whole = scratch.asSlice(leftBytes + rightBytes, productBytes);
        if (!left.fits()) {
            copy(layout, left, x, leftCopy, true, run);
        }
        if (!right.fits()) {
            copy(layout, right, w, rightCopy, true, run);
        }
        kernels.multiplyEach(
                series(left, left.fits() ? x : leftCopy, left.fits()),
                series(right, right.fits() ? w : rightCopy, right.fits()),
                series(product, inPlace ? y : whole, inPlace),
                scratch.asSlice(leftBytes + rightBytes + productBytes),
                run.workers());
        if (!inPlace) {
            copy(layout, product, whole, y, false, run);
        }
    }

    private long bytes(Operand operand) {
        long elements = (long) count(labels.batch()) * count(operand.rows()) * count(operand.columns());
        return Math.ceilDiv(elements * Float.BYTES, ALIGNMENT) * ALIGNMENT;
    }

    /** Between an operand as it lies and dense matrices. */
    private void copy(
            LayoutKernels layout, Operand operand, MemorySegment from, MemorySegment to, boolean packs, StepRun run) {
        int[] order = Stream.of(labels.batch(), operand.rows(), operand.columns())
                .flatMap(List::stream)
                .mapToInt(label -> label)
                .toArray();
        long[] dims = new long[order.length];
        long[] strides = new long[order.length];
        long[] dense = new long[order.length];
        long next = 1;
        for (int axis = order.length - 1; axis >= 0; axis--) {
            dims[axis] = extents[order[axis]];
            strides[axis] = operand.strides()[order[axis]];
            dense[axis] = next;
            next *= dims[axis];
        }
        layout.copy(Float.BYTES, dims, from, 0, packs ? strides : dense, to, 0, packs ? dense : strides, run.workers());
    }

    private MatrixBatch series(Operand operand, MemorySegment segment, boolean asItLies) {
        long elements = (long) count(operand.rows()) * count(operand.columns());
        long[] offsets = new long[count(labels.batch())];
        for (int matrix = 0; matrix < offsets.length; matrix++) {
            offsets[matrix] = asItLies ? offset(operand, matrix) : matrix * elements;
        }
        return new MatrixBatch(first(operand, segment, asItLies), offsets);
    }

    private Matrix first(Operand operand, MemorySegment segment, boolean asItLies) {
        int rows = count(operand.rows());
        int columns = count(operand.columns());
        return asItLies
                ? new Matrix(
                        segment,
                        0,
                        rows,
                        columns,
                        operand.rows().isEmpty() ? columns : stride(operand.rows(), operand.strides()),
                        stride(operand.columns(), operand.strides()))
                : Matrix.of(segment, rows, columns);
    }

    private long offset(Operand operand, int matrix) {
        long offset = 0;
        int rest = matrix;
        for (int i = labels.batch().size() - 1; i >= 0; i--) {
            int label = labels.batch().get(i);
            offset += rest % extents[label] * operand.strides()[label];
            rest /= extents[label];
        }
        return offset;
    }

    /** From one to the next of labels that are one axis. */
    private static long stride(List<Integer> group, long... strides) {
        return group.isEmpty() ? 1 : strides[group.getLast()];
    }
}
