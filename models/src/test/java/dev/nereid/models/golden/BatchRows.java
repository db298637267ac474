package dev.nereid.models.golden;

import dev.nereid.models.LoadedModel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Batches of any rows, made from a recorded case with a batch of {@link #RECORDED}: the first axis of that length is the
 * batch's. Rows beyond the recorded ones are these again, floats smaller by a quarter. An input without such an axis is
 * the same for all rows.
 */
final class BatchRows {
    static final int RECORDED = 8;

    private static final float SMALLER = 0.75f;

    private final GoldenCase golden;
    private final Arena arena;

    BatchRows(GoldenCase golden, Arena arena) {
        this.golden = golden;
        this.arena = arena;
    }

    /** The input with these rows, in memory of its own. */
    Tensor input(LoadedModel.Port port, List<Integer> rows) {
        Tensor recorded = golden.input(port);
        int axis = axis(recorded.shape());
        if (axis < 0) {
            return recorded;
        }
        Shape shape = recorded.shape().withDim(axis, rows.size());
        long inner =
                shape.elements(axis + 1, shape.rank()) * recorded.dataType().bytes();
        MemorySegment memory = arena.allocate(
                Math.max(1, shape.elements() * recorded.dataType().bytes()), 64);
        for (long outer = 0; outer < shape.elements(0, axis); outer++) {
            for (int i = 0; i < rows.size(); i++) {
                int row = rows.get(i);
                MemorySegment to = memory.asSlice((outer * rows.size() + i) * inner, inner);
                MemorySegment.copy(recorded.segment(), (outer * RECORDED + row % RECORDED) * inner, to, 0, inner);
                if (recorded.dataType() == DataType.FP32) {
                    int times = row / RECORDED;
                    scale(to, (float) Math.pow(SMALLER, times));
                }
            }
        }
        return Tensor.of(recorded.dataType(), shape, memory);
    }

    private static void scale(MemorySegment floats, float factor) {
        for (long i = 0; i < floats.byteSize(); i += 4) {
            float value = floats.get(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
            floats.set(ValueLayout.JAVA_FLOAT_UNALIGNED, i, value * factor);
        }
    }

    /** The bytes of the row at a position of an output. */
    byte[] output(String name, Tensor output, int position) {
        Tensor recorded = Objects.requireNonNull(golden.outputs().get(name), name);
        int axis = axis(recorded.shape());
        Shape shape = output.shape();
        long inner = shape.elements(axis + 1, shape.rank()) * output.dataType().bytes();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (long outer = 0; outer < shape.elements(0, axis); outer++) {
            long from = (outer * shape.dim(axis) + position) * inner;
            bytes.writeBytes(output.segment().asSlice(from, inner).toArray(ValueLayout.JAVA_BYTE));
        }
        return bytes.toByteArray();
    }

    private static int axis(Shape recorded) {
        return Arrays.stream(recorded.dims()).boxed().toList().indexOf((long) RECORDED);
    }
}
