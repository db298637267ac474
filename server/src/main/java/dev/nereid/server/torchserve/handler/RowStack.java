package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.json.JsonTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;

/** Joins what the instances of a request bring into one tensor, as {@code torch.stack} does. */
final class RowStack {
    private RowStack() {}

    /**
     * What one instance brings.
     *
     * @param write writes it into memory of its size; called once
     */
    record Item(Shape shape, Consumer<MemorySegment> write) {}

    /**
     * Joins instances, all of one shape, along a new first dim. One is made at a time.
     *
     * @param input of a datatype of fixed size
     */
    static InputTensor stack(ModelTensor input, List<Row> rows, Function<Row, Item> reading, TensorMemory memory) {
        Item first = reading.apply(rows.getFirst());
        DataType type = input.dataType();
        Shape shape;
        long rowBytes;
        try {
            rowBytes = Math.multiplyExact(first.shape().elements(), type.bytes());
            long[] dims = new long[first.shape().rank() + 1];
            dims[0] = rows.size();
            System.arraycopy(first.shape().dims(), 0, dims, 1, dims.length - 1);
            shape = Shape.of(dims);
            Math.multiplyExact(shape.elements(), type.bytes());
        } catch (ArithmeticException e) {
            throw new InferException(InferException.Code.INVALID_ARG, "the instances are too large", e);
        }
        MemorySegment target = memory.take(rowBytes * rows.size());
        for (int i = 0; i < rows.size(); i++) {
            Item item = i == 0 ? first : reading.apply(rows.get(i));
            if (!item.shape().equals(first.shape())) {
                throw InferException.invalid("expected instances of one size, got " + first.shape() + " at entry 0 and "
                        + item.shape() + " at entry " + i);
            }
            item.write().accept(target.asSlice(i * rowBytes, rowBytes));
        }
        return new InputTensor(input.name(), Tensor.of(type, shape, target));
    }

    /** Numbers as they are. Those of the input's own rank are a batch of one. */
    static Item numbers(Row.Numbers numbers, ModelTensor input) {
        Shape nested = JsonTensor.shape(numbers.value());
        Shape shape = numbers.shape().orElse(nested);
        if (shape.elements() != nested.elements()) {
            throw InferException.invalid(
                    "expected " + shape.elements() + " numbers for shape " + shape + ", got " + nested.elements());
        }
        if (shape.rank() == input.rank() && shape.rank() > 0 && shape.dim(0) == 1) {
            long[] dims = shape.dims();
            shape = Shape.of(Arrays.copyOfRange(dims, 1, dims.length));
        }
        return new Item(shape, target -> JsonTensor.read(numbers.value(), input.dataType(), nested, target));
    }
}
