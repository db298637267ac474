package dev.nereid.kernels.convolution.channelsfirst;

import dev.nereid.kernels.convolution.ChannelsFirstKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarChannelsFirst;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Convolutions of {@code FP32} over up to two axes: pointwise ones are a product of the filters and the input as it lies,
 * depthwise ones a kernel of their own, all others a product of the filters and blocks of columns that hold what each
 * output cell reads. Everything else is delegated to the scalar kernels.
 */
public final class VectorChannelsFirst implements ChannelsFirstKernels {
    /** Multiply-adds that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 6_000_000;

    /** Cells of an output row below which vectors along the row are mostly empty. */
    private static final int FEWEST_CELLS = 8;

    private final MatMulKernels matMul;
    private final Optional<DepthwiseKernel> depthwise;
    private final ScalarChannelsFirst scalar = new ScalarChannelsFirst();

    /** Convolutions by the products of {@code matMul}. */
    public VectorChannelsFirst(MatMulKernels matMul) {
        this(matMul, Optional.empty());
    }

    /** The same, and where {@code depthwise} has the window, depthwise ones by that. */
    public VectorChannelsFirst(MatMulKernels matMul, Optional<DepthwiseKernel> depthwise) {
        this.matMul = matMul;
        this.depthwise = depthwise;
    }

    @Override
    public boolean suitsFirst(ConvShape shape) {
        return shape.window().rank() == 2
                && shape.window().output()[1] >= FEWEST_CELLS
                && depthwise(shape).isPresent();
    }

    @Override
    public long scratchBytes(ConvShape shape, int workers) {
        if (shape.window().rank() > 2 || shape.window().isPointwise()) {
            return 0;
        }
        ConvShape flat = inTwoAxes(shape);
        if (depthwise(flat).isPresent()) {
            return 0;
        }
        return workers * (isDepthwise(flat) ? ChannelsFirstDepthwise.scratchBytes(flat) : Im2col.scratchBytes(flat));
    }

    @Override
    public void convolve(
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        if (shape.window().rank() > 2 && !shape.window().isPointwise()) {
            scalar.convolve(shape, x, w, bias, activation, residual, y, scratch, workers);
            return;
        }
        Tensors tensors = new Tensors(x, w, bias, activation, residual, y);
        if (shape.window().isPointwise()) {
            pointwise(shape, tensors, workers);
            return;
        }
        ConvShape flat = inTwoAxes(shape);
        Optional<DepthwiseKernel> kernel = depthwise(flat);
        boolean isDepthwise = isDepthwise(flat);
        int parts = isDepthwise ? flat.batch() * flat.channels() : flat.batch() * flat.groups() * Im2col.blocks(flat);
        long work = (long) flat.batch()
                * flat.filters()
                * flat.window().outputs()
                * flat.groupChannels()
                * flat.window().taps();
        int shares = work < WORTH_SPLITTING ? 1 : Math.min(workers.count(), parts);
        long bytes = scratchBytes(shape, 1);
        Workers taking = shares == 1 ? Workers.single() : workers;
        taking.run(shares, share -> {
            MemorySegment own = scratch.asSlice(share * bytes, bytes);
            int from = (int) ((long) parts * share / shares);
            int to = (int) ((long) parts * (share + 1) / shares);
            if (kernel.isPresent()) {
                DepthwiseChannels.convolve(kernel.get(), flat, tensors, from, to);
            } else if (isDepthwise) {
                ChannelsFirstDepthwise.convolve(flat, tensors, from, to, own);
            } else {
                blocks(flat, tensors, from, to, own);
            }
        });
    }

    @Override
    public void convolve(
            DataType type,
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            MemorySegment y) {
        scalar.convolve(type, shape, x, w, bias, y);
    }

    @Override
    public void convolveTransposed(
            DataType type,
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            MemorySegment y) {
        scalar.convolveTransposed(type, shape, x, w, bias, y);
    }

    @Override
    public long transposedScratchBytes(ConvShape shape) {
        return shape.window().rank() > 2
                ? 0
                : new ChannelsFirstTransposedConvolution(matMul, inTwoAxes(shape)).scratchBytes();
    }

    @Override
    public void convolveTransposed(
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers) {
        if (shape.window().rank() > 2) {
            scalar.convolveTransposed(shape, x, w, bias, y, scratch, workers);
        } else {
            new ChannelsFirstTransposedConvolution(matMul, inTwoAxes(shape)).convolve(x, w, bias, y, scratch, workers);
        }
    }

    private static boolean isDepthwise(ConvShape shape) {
        return shape.groupChannels() == 1;
    }

    /** The kernel for such convolutions alone, where it has this one. */
    private Optional<DepthwiseKernel> depthwise(ConvShape shape) {
        boolean fits = isDepthwise(shape) && shape.groupFilters() == 1;
        return depthwise.filter(kernel -> fits && kernel.suits(shape.window()));
    }

    private void pointwise(ConvShape shape, Tensors tensors, Workers workers) {
        int cells = shape.window().outputs();
        for (int item = 0; item < shape.batch(); item++) {
            for (int group = 0; group < shape.groups(); group++) {
                long channel = (long) item * shape.channels() + (long) group * shape.groupChannels();
                Matrix columns = Matrix.of(tensors.x(), channel * cells, shape.groupChannels(), cells);
                multiply(shape, tensors, item, group, 0, columns, workers);
            }
        }
    }

    /** Computes blocks of columns; their numbers count blocks, then groups, then items. */
    private void blocks(ConvShape shape, Tensors tensors, int from, int to, MemorySegment scratch) {
        int count = Im2col.blocks(shape);
        for (int number = from; number < to; number++) {
            int block = number % count;
            int group = number / count % shape.groups();
            int item = number / count / shape.groups();
            Matrix columns = Im2col.gather(shape, tensors.x(), item, group, block, scratch);
            multiply(shape, tensors, item, group, Im2col.firstCell(shape, block), columns, Workers.single());
        }
    }

    /** The product of a group's filters and columns for the output cells from {@code firstCell} on. */
    private void multiply(
            ConvShape shape, Tensors tensors, int item, int group, int firstCell, Matrix columns, Workers workers) {
        int filters = shape.groupFilters();
        int firstFilter = group * filters;
        Matrix w = Matrix.of(tensors.w(), (long) firstFilter * columns.rows(), filters, columns.rows());
        int cells = shape.window().outputs();
        long first = ((long) item * shape.filters() + firstFilter) * cells + firstCell;
        Matrix y = new Matrix(tensors.y(), first, filters, columns.columns(), cells, 1);
        Epilogue epilogue = Epilogue.NONE.withActivation(tensors.activation());
        if (tensors.bias().isPresent()) {
            epilogue = epilogue.withAddend(
                    Matrix.repeatedColumn(tensors.bias().get(), firstFilter, filters, columns.columns()));
        }
        if (tensors.residual().isPresent()) {
            epilogue = epilogue.withResidual(
                    new Matrix(tensors.residual().get(), first, filters, columns.columns(), cells, 1));
        }
        matMul.multiply(w, columns, y, epilogue, MemorySegment.NULL, workers);
    }

    private static ConvShape inTwoAxes(ConvShape shape) {
        return new ConvShape(
                shape.batch(),
                shape.channels(),
                shape.filters(),
                shape.groups(),
                shape.window().inTwoAxes());
    }

    /** What a convolution reads and writes beside its shape. */
    record Tensors(
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            Activation activation,
            Optional<MemorySegment> residual,
            MemorySegment y) {}
}
