package dev.nereid.models.operators.quantized;

import dev.nereid.kernels.layout.LayoutKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Images [batch, spatial..., channels], as the attribute {@code channels_last} requests. */
public final class ChannelsLastImages {
    private ChannelsLastImages() {}

    public static boolean isAskedFor(Attributes attributes) {
        return attributes.integer("channels_last", 0) != 0;
    }

    /** The order in which axes with the channels last become [batch, channels, spatial...]. */
    static int[] toChannelsFirst(int rank) {
        int[] order = new int[rank];
        order[1] = rank - 1;
        for (int axis = 2; axis < rank; axis++) {
            order[axis] = axis - 1;
        }
        return order;
    }

    /** The order in which [batch, channels, spatial...] become axes with the channels last. */
    static int[] toChannelsLast(int rank) {
        int[] order = new int[rank];
        for (int axis = 1; axis < rank - 1; axis++) {
            order[axis] = axis + 1;
        }
        order[rank - 1] = 1;
        return order;
    }

    public static TensorType channelsFirst(TensorType type) {
        return type.hasRank() ? permuted(type, toChannelsFirst(checkedRank(type.rank()))) : type;
    }

    static TensorType channelsLast(TensorType type) {
        return type.hasRank() ? permuted(type, toChannelsLast(checkedRank(type.rank()))) : type;
    }

    public static Shape channelsFirst(Shape shape) {
        return permuted(shape, toChannelsFirst(checkedRank(shape.rank())));
    }

    /** The tensor with its channels last, in scratch memory of the run. */
    static Tensor channelsLast(StepRun run, LayoutKernels kernels, Tensor tensor) {
        MemorySegment memory = run.scratch(Math.max(1, tensor.byteSize()));
        int[] order = toChannelsLast(checkedRank(tensor.shape().rank()));
        kernels.transpose(
                tensor.dataType().bytes(), tensor.shape().dims(), order, tensor.segment(), memory, run.workers());
        return Tensor.of(tensor.dataType(), permuted(tensor.shape(), order), memory);
    }

    /** Writes what has the shape of {@code y} but for its channels, which are last, to {@code y}. */
    static void copyChannelsFirst(StepRun run, LayoutKernels kernels, MemorySegment last, Tensor y) {
        int rank = checkedRank(y.shape().rank());
        kernels.transpose(
                y.dataType().bytes(),
                permuted(y.shape(), toChannelsLast(rank)).dims(),
                toChannelsFirst(rank),
                last,
                y.segment(),
                run.workers());
    }

    private static int checkedRank(int rank) {
        if (rank < 3) {
            throw new ModelFormatException("expected an image with channels, got a tensor of rank " + rank);
        }
        return rank;
    }

    private static TensorType permuted(TensorType type, int[] order) {
        List<Dim> dims = new ArrayList<>();
        for (int axis : order) {
            dims.add(type.dim(axis));
        }
        return TensorType.of(type.dataType(), dims);
    }

    private static Shape permuted(Shape shape, int[] order) {
        long[] dims = new long[order.length];
        for (int axis = 0; axis < dims.length; axis++) {
            dims[axis] = shape.dim(order[axis]);
        }
        return Shape.of(dims);
    }
}
