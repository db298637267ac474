package dev.nereid.server.backend.plan;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.BatchInput;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * An input that says what the requests of a batch are like: a config's {@code batch_input}. Of r requests whose source
 * inputs have e1 to er elements.
 *
 * @param source the input that is measured
 * @param dataType INT32 or FP32
 */
record BatchQuantity(BatchInput.Kind kind, String source, DataType dataType) implements PlanSource {
    @Override
    public Tensor gather(List<Execution> executions, SlabPool memory, List<SlabPool.Slab> slabs) {
        List<Shape> shapes = executions.stream().map(this::shape).toList();
        return switch (kind) {
            case BATCH_ELEMENT_COUNT ->
                tensor(shapes.stream().mapToLong(Shape::elements).toArray(), memory, slabs);
            case BATCH_ACCUMULATED_ELEMENT_COUNT -> tensor(accumulated(shapes, 0), memory, slabs);
            case BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO -> tensor(accumulated(shapes, 1), memory, slabs);
            case BATCH_MAX_ELEMENT_COUNT_AS_SHAPE -> {
                long most = shapes.stream().mapToLong(Shape::elements).max().orElse(0);
                // The shape is all that counts; the content is zeros, so that nobody sees what was there.
                yield tensor(new long[Math.toIntExact(most)], memory, slabs);
            }
            case BATCH_ITEM_SHAPE -> {
                long[] values = itemShapes(shapes);
                int rank = shapes.getFirst().rank() - 1;
                yield tensor(values, memory, slabs)
                        .withShape(Shape.of(rank == 0 ? rows(shapes) : values.length / rank, rank));
            }
            case BATCH_ITEM_SHAPE_FLATTEN -> tensor(itemShapes(shapes), memory, slabs);
            case UNRECOGNIZED -> throw new IllegalStateException("a config with an unknown kind was not refused");
        };
    }

    private Shape shape(Execution execution) {
        return execution
                .input(source)
                .map(Tensor::shape)
                .orElseThrow(() -> InferException.invalid("the model needs to measure input '" + source
                        + "', which the request " + execution.request().header().prefix() + "does not have"));
    }

    /** e1, e1+e2 and so on, behind so many zeros. */
    private static long[] accumulated(List<Shape> shapes, int zeros) {
        long[] values = new long[shapes.size() + zeros];
        long sum = 0;
        for (int i = 0; i < shapes.size(); i++) {
            sum += shapes.get(i).elements();
            values[i + zeros] = sum;
        }
        return values;
    }

    private static long rows(List<Shape> shapes) {
        return shapes.stream().mapToLong(shape -> shape.dim(0)).sum();
    }

    /** The shape of each item of each request, without the batch dim, one behind the other. */
    private static long[] itemShapes(List<Shape> shapes) {
        int rank = shapes.getFirst().rank() - 1;
        long[] values = new long[Math.toIntExact(rows(shapes) * rank)];
        int at = 0;
        for (Shape shape : shapes) {
            for (long item = 0; item < shape.dim(0); item++) {
                for (int axis = 1; axis <= rank; axis++) {
                    values[at++] = shape.dim(axis);
                }
            }
        }
        return values;
    }

    private Tensor tensor(long[] values, SlabPool memory, List<SlabPool.Slab> slabs) {
        SlabPool.Slab slab = memory.take(Math.max(values.length, 1L) * dataType.bytes());
        slabs.add(slab);
        for (int i = 0; i < values.length; i++) {
            if (dataType == DataType.FP32) {
                slab.segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) values[i]);
            } else {
                slab.segment().setAtIndex(ValueLayout.JAVA_INT, i, Math.toIntExact(values[i]));
            }
        }
        return Tensor.of(dataType, Shape.of(values.length), slab.segment());
    }
}
