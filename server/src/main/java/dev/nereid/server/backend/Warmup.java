package dev.nereid.server.backend;

import dev.nereid.models.LoadedModel;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import dev.nereid.memory.NativeMemory;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a model that was just loaded on made-up inputs until it no longer gets faster, so that the first client does not
 * pay for the compiler. Bounded in time: a moment for small models, three seconds for large ones. A model that cannot
 * digest zeros is left alone.
 */
final class Warmup {
    /** Runs that are compared with as many before them. */
    private static final int WINDOW = 8;

    /** Not worth waiting for: a window that is faster by less than this part. */
    private static final double STABLE = 0.05;

    private static final long SMALLEST_NANOS = 50_000_000;
    private static final long LARGEST_NANOS = 3_000_000_000L;
    private static final long NANOS_PER_MEBIBYTE = 32_000_000;

    /** What stands for a dim that is not known. */
    private static final long DIM = 32;

    private static final Logger LOG = LoggerFactory.getLogger(Warmup.class);

    private final PlanModel model;
    private final List<Long> batchSizes;

    Warmup(PlanModel model, ModelConfig config) {
        this.model = model;
        this.batchSizes = config.getMaxBatchSize() > 1 ? List.of(1L, Math.min(config.getMaxBatchSize(), 4L)) : List.of(1L);
    }

    void run() {
        long budget = Math.min(
                LARGEST_NANOS, SMALLEST_NANOS + (model.loaded().constantBytes() >> 20) * NANOS_PER_MEBIBYTE);
        List<NativeMemory> memory = new ArrayList<>();
        try {
            List<List<Tensor>> inputs = new ArrayList<>();
            for (long batchSize : batchSizes) {
                inputs.add(inputs(batchSize, memory));
            }
            long start = System.nanoTime();
            int runs = run(inputs, start + budget);
            LOG.debug("model '{}' was warmed up by {} runs in {} ms",
                    model.name(), runs, (System.nanoTime() - start) / 1_000_000);
        } catch (ExecutionException | InferException | ArithmeticException e) {
            LOG.debug("model '{}' is not warmed up: it does not take made-up inputs", model.name(), e);
        } finally {
            memory.forEach(NativeMemory::close);
        }
    }

    private int run(List<List<Tensor>> inputs, long deadline) {
        long before = Long.MAX_VALUE;
        int runs = 0;
        while (System.nanoTime() < deadline) {
            long start = System.nanoTime();
            for (int i = 0; i < WINDOW && System.nanoTime() < deadline; i++) {
                model.run(inputs.get(runs++ % inputs.size())).close();
            }
            long window = System.nanoTime() - start;
            if (window > before * (1 - STABLE)) {
                break;
            }
            before = window;
        }
        return runs;
    }

    private List<Tensor> inputs(long batchSize, List<NativeMemory> memory) {
        List<Tensor> tensors = new ArrayList<>();
        for (LoadedModel.Port port : model.loaded().inputs()) {
            Shape shape = shape(port.type(), batchSize);
            if (port.type().dataType() == DataType.STRING) {
                byte[][] elements = new byte[Math.toIntExact(shape.elements())][];
                Arrays.fill(elements, "0".getBytes(StandardCharsets.UTF_8));
                tensors.add(Tensor.ofStrings(shape, elements));
            } else {
                NativeMemory block =
                        NativeMemory.allocate(shape.elements() * port.type().dataType().bytes());
                memory.add(block);
                tensors.add(Tensor.of(port.type().dataType(), shape, block.segment()));
            }
        }
        return tensors;
    }

    private Shape shape(TensorType type, long batchSize) {
        List<Dim> dims = type.dims().orElse(List.of());
        long[] extents = new long[dims.size()];
        for (int axis = 0; axis < extents.length; axis++) {
            boolean batch = axis == 0 && model.batches();
            extents[axis] = dims.get(axis).isKnown() ? dims.get(axis).value() : batch ? batchSize : DIM;
        }
        return Shape.of(extents);
    }
}
