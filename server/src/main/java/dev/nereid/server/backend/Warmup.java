package dev.nereid.server.backend;

import dev.nereid.memory.NativeMemory;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.execute.Cancellation;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a model that was just loaded on made-up inputs until it no longer gets faster and the compiler has little left to
 * do, so that the first client does not pay for the compiler. Bounded in time: a moment for small models, three seconds for
 * large ones, and four times that where the first runs are so slow that there have been only a few: loops of vectors that are
 * not compiled yet take many times as long as they will. A run that does not end, such as a loop without end, is cancelled. A model
 * that cannot digest zeros is left alone.
 */
final class Warmup {
    /** Runs that are compared with the best so many before them. */
    private static final int WINDOW = 8;

    /** With fewer runs the compiler may not even have begun with a kernel. */
    private static final int FEWEST_RUNS = 3 * WINDOW;

    /** How often the time of a model is granted for those. */
    private static final int PATIENCE = 4;

    /** When a warm-up is cancelled in the middle of a run, unless the model has more time anyway. */
    private static final long CANCELLED_NANOS = 3_000_000_000L;

    private static final long SMALLEST_NANOS = 50_000_000;
    private static final long LARGEST_NANOS = 3_000_000_000L;
    private static final long NANOS_PER_MEBIBYTE = 32_000_000;

    /** A model that takes longer than this to warm up waits for its turn, so that two do not slow each other down. */
    private static final long TURN_NANOS = 200_000_000;

    private static final ReentrantLock TURN = new ReentrantLock();

    private static final Logger LOG = LoggerFactory.getLogger(Warmup.class);

    /** What stands for the dims that are not known. */
    private record Extents(long batchSize, long others) {}

    private final PlanModel model;
    private final LoadedModel loaded;
    private final List<Extents> extents;

    /** @param loaded the model at the place that is warmed up */
    Warmup(PlanModel model, LoadedModel loaded, ModelConfig config) {
        this.model = model;
        this.loaded = loaded;
        // The smallest first: nothing is compiled yet. Kernels differ by how rows fill
        // tiles.
        this.extents = config.getMaxBatchSize() > 1
                ? List.of(
                        new Extents(1, 8),
                        new Extents(1, 16),
                        new Extents(1, 32),
                        new Extents(Math.min(config.getMaxBatchSize(), 4), 32))
                : List.of(new Extents(1, 8), new Extents(1, 16), new Extents(1, 32));
    }

    void run() {
        long budget = Math.min(LARGEST_NANOS, SMALLEST_NANOS + (loaded.constantBytes() >> 20) * NANOS_PER_MEBIBYTE);
        boolean takesTurns = budget > TURN_NANOS;
        if (takesTurns) {
            TURN.lock();
        }
        try {
            run(budget);
        } finally {
            if (takesTurns) {
                TURN.unlock();
            }
        }
    }

    private void run(long budget) {
        List<NativeMemory> memory = new ArrayList<>();
        try {
            List<List<Tensor>> inputs = new ArrayList<>();
            for (Extents each : extents) {
                inputs.add(inputs(each, memory));
            }
            long start = System.nanoTime();
            int runs = run(inputs, start, budget, Cancellation.after(most(budget)));
            LOG.debug(
                    "model '{}' was warmed up by {} runs in {} ms",
                    model.name(),
                    runs,
                    (System.nanoTime() - start) / 1_000_000);
        } catch (CancellationException _) {
            LOG.info(
                    "model '{}': its warm-up was cancelled in the middle of a run after {} ms; the first requests may take "
                            + "longer than later ones",
                    model.name(),
                    most(budget).toMillis());
        } catch (ExecutionException | InferException | ArithmeticException e) {
            LOG.debug("model '{}' is not warmed up: it does not take made-up inputs", model.name(), e);
        } finally {
            memory.forEach(NativeMemory::close);
        }
    }

    /** How long it may take together with the run that is under way then. */
    private static Duration most(long budget) {
        return Duration.ofNanos(Math.max(CANCELLED_NANOS, PATIENCE * budget));
    }

    private int run(List<List<Tensor>> inputs, long begin, long budget, Cancellation cancellation) {
        WarmupProgress progress = new WarmupProgress();
        int runs = 0;
        boolean faster = true;
        while (faster && mayGoOn(runs, begin, budget)) {
            long start = System.nanoTime();
            CompilerLoad compiler = CompilerLoad.sinceNow();
            for (int i = 0; i < WINDOW && mayGoOn(runs, begin, budget); i++) {
                model.run(loaded, inputs.get(runs++ % inputs.size()), cancellation)
                        .close();
            }
            faster = progress.mayGetFaster(System.nanoTime() - start, compiler.share());
        }
        return runs;
    }

    private static boolean mayGoOn(int runs, long begin, long budget) {
        long time = System.nanoTime() - begin;
        return time < budget || (runs < FEWEST_RUNS && time < PATIENCE * budget);
    }

    private List<Tensor> inputs(Extents unknown, List<NativeMemory> memory) {
        List<Tensor> tensors = new ArrayList<>();
        for (LoadedModel.Port port : loaded.inputs()) {
            Optional<Tensor> known = loaded.defaultOf(port.name());
            if (known.isPresent()) {
                tensors.add(known.get());
                continue;
            }
            Shape shape = shape(port.type(), unknown);
            if (port.type().dataType() == DataType.STRING) {
                byte[][] elements = new byte[Math.toIntExact(shape.elements())][];
                Arrays.fill(elements, "0".getBytes(StandardCharsets.UTF_8));
                tensors.add(Tensor.ofStrings(shape, elements));
            } else {
                NativeMemory block = NativeMemory.allocate(
                        shape.elements() * port.type().dataType().bytes());
                memory.add(block);
                if (model.textLengths() == TextLengths.PACKED
                        && tensors.size() == model.inputs().size()) {
                    fillEnds(block.segment(), unknown);
                }
                tensors.add(Tensor.of(port.type().dataType(), shape, block.segment()));
            }
        }
        return tensors;
    }

    /** As many texts as a batch has, all tokens shared out among them. */
    private static void fillEnds(MemorySegment ends, Extents unknown) {
        for (long text = 0; text < unknown.batchSize(); text++) {
            ends.setAtIndex(ValueLayout.JAVA_LONG, text, unknown.others() * (text + 1) / unknown.batchSize());
        }
    }

    private Shape shape(TensorType type, Extents unknown) {
        List<Dim> dims = type.dims().orElse(List.of());
        long[] shape = new long[dims.size()];
        for (int axis = 0; axis < shape.length; axis++) {
            boolean batch = axis == 0 && model.batches();
            long any = batch ? unknown.batchSize() : unknown.others();
            shape[axis] = dims.get(axis).isKnown() ? dims.get(axis).value() : any;
        }
        return Shape.of(shape);
    }
}
