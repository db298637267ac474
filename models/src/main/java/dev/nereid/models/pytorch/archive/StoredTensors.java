package dev.nereid.models.pytorch.archive;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.pytorch.archive.PickleValue.OfTensor;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tensors over the storages of an archive. One whose elements lie in order is a view of its storage, which may be aligned to
 * nothing; another is copied once. Copies are bounded by the file's size, for strides of 0 repeat elements.
 */
final class StoredTensors {
    private static final int HIGHEST_RANK = 64;
    private static final long LEAST_COPIES = 256L << 20;
    private static final long COPIES_PER_BYTE = 4;
    private static final long ALIGNMENT = 64;

    private final PyTorchArchive archive;
    private final SegmentAllocator memory;
    private final Map<OfTensor, Tensor> copies = new HashMap<>();
    private long copiesLeft;

    StoredTensors(PyTorchArchive archive, SegmentAllocator memory, long fileBytes) {
        this.archive = archive;
        this.memory = memory;
        this.copiesLeft = LEAST_COPIES + COPIES_PER_BYTE * fileBytes;
    }

    Tensor tensor(OfTensor view) {
        Tensor known = copies.get(view);
        if (known != null) {
            return known;
        }
        String name = view.storage().name();
        MemorySegment storage = archive.bytes(name);
        int elementBytes = view.storage().type().dataType().bytes();
        if (view.storage().elements() < 0 || view.storage().elements() > storage.byteSize() / elementBytes) {
            throw new ModelFormatException("the storage '" + name + "' has " + storage.byteSize() + " bytes: expected "
                    + view.storage().elements() + " elements of "
                    + view.storage().type().dataType());
        }
        Shape shape = shape(view);
        long end = end(view, shape);
        if (end > view.storage().elements()) {
            throw new ModelFormatException("a tensor " + shape + " with the strides " + view.strides()
                    + " takes the elements " + view.offset() + " to " + end + " of the storage '" + name
                    + "', which has " + view.storage().elements());
        }
        if (shape.elements() == 0) {
            return Tensor.of(view.storage().type().dataType(), shape, storage.asSlice(0, 0));
        }
        if (isInOrder(shape, view.strides())) {
            return Tensor.of(
                    view.storage().type().dataType(),
                    shape,
                    storage.asSlice(view.offset() * elementBytes, shape.elements() * elementBytes));
        }
        long bytes = shape.elements() * elementBytes;
        if (bytes > copiesLeft) {
            throw new ModelFormatException("a tensor " + shape + " with the strides " + view.strides()
                    + " of the storage '" + name + "' takes " + bytes + " bytes, which is out of proportion");
        }
        copiesLeft -= bytes;
        MemorySegment copy = memory.allocate(bytes, ALIGNMENT);
        new StridedCopy(storage, copy, shape, view.strides(), elementBytes).copy(0, view.offset());
        Tensor tensor = Tensor.of(view.storage().type().dataType(), shape, copy);
        copies.put(view, tensor);
        return tensor;
    }

    private static Shape shape(OfTensor view) {
        List<Long> sizes = view.sizes();
        if (sizes.size() > HIGHEST_RANK || sizes.size() != view.strides().size()) {
            throw new ModelFormatException("a tensor of the storage '"
                    + view.storage().name() + "' has "
                    + sizes.size() + " sizes and " + view.strides().size() + " strides: expected as many, and at most "
                    + HIGHEST_RANK);
        }
        try {
            Shape shape = Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
            Math.multiplyExact(shape.elements(), 16L);
            return shape;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new ModelFormatException(
                    "a tensor of the storage '" + view.storage().name() + "' has the impossible shape " + sizes, e);
        }
    }

    /** One behind the last element of the storage that the view reaches. */
    private static long end(OfTensor view, Shape shape) {
        boolean negative = view.offset() < 0;
        long end = view.offset();
        try {
            if (shape.elements() > 0) {
                end = Math.addExact(end, 1);
            }
            for (int axis = 0; axis < shape.rank(); axis++) {
                long stride = view.strides().get(axis);
                negative |= stride < 0;
                if (shape.elements() > 0) {
                    end = Math.addExact(end, Math.multiplyExact(shape.dim(axis) - 1, stride));
                }
            }
        } catch (ArithmeticException e) {
            throw new ModelFormatException("a tensor " + shape + " has the impossible strides " + view.strides(), e);
        }
        if (negative) {
            throw new ModelFormatException("a tensor " + shape + " has the offset " + view.offset()
                    + " and the strides " + view.strides() + ": expected no negative ones");
        }
        return shape.elements() == 0 ? 0 : end;
    }

    private static boolean isInOrder(Shape shape, List<Long> strides) {
        long[] expected = shape.strides();
        for (int axis = 0; axis < expected.length; axis++) {
            if (shape.dim(axis) > 1 && strides.get(axis) != expected[axis]) {
                return false;
            }
        }
        return true;
    }

    /** Copies elements from where strides say into their order. */
    private static final class StridedCopy {
        private final MemorySegment from;
        private final MemorySegment to;
        private final Shape shape;
        private final List<Long> strides;
        private final int elementBytes;
        private long copied;

        StridedCopy(MemorySegment from, MemorySegment to, Shape shape, List<Long> strides, int elementBytes) {
            this.from = from;
            this.to = to;
            this.shape = shape;
            this.strides = strides;
            this.elementBytes = elementBytes;
        }

        void copy(int axis, long element) {
            if (axis == shape.rank()) {
                MemorySegment.copy(from, element * elementBytes, to, copied, elementBytes);
                copied += elementBytes;
                return;
            }
            long stride = strides.get(axis);
            if (stride == 1 && axis == shape.rank() - 1) {
                long bytes = shape.dim(axis) * elementBytes;
                MemorySegment.copy(from, element * elementBytes, to, copied, bytes);
                copied += bytes;
                return;
            }
            for (long i = 0; i < shape.dim(axis); i++) {
                copy(axis + 1, element + i * stride);
            }
        }
    }
}
