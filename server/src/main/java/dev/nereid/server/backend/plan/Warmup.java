package dev.nereid.server.backend.plan;

import dev.nereid.memory.NativeMemory;
import dev.nereid.memory.NoMemoryException;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.execute.Cancellation;
import dev.nereid.models.execute.ExecutionException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.TextLengths;
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
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a model that was just loaded on made-up inputs, so that the first client does not pay for class loading and for the
 * compiler. A model whose runs are fast after a few of them is ready then, and {@link #runRest} goes on beside its requests.
 * Any other one is run until it no longer gets faster and the compiler has little left to do, because loops of vectors that are
 * not compiled yet take up to a thousand times as long as they will.
 *
 * <p>Bounded in time: a moment for small models, three seconds for large ones, and four times that where the first runs are so
 * slow that there have been only a few. A run that does not end, such as a loop without end, is cancelled. A model that does not
 * take zeros is left alone.
 */
final class Warmup {
    /** Runs that are compared with the best so many before them. */
    private static final int WINDOW = 8;

    /** With fewer runs the compiler may not even have begun with a kernel. */
    private static final int FEWEST_RUNS = 3 * WINDOW;

    /** How often the time of a model is granted for those. */
    private static final int PATIENCE = 4;

    /** A model is ready when runs take no longer than this after the first few. */
    private static final long FAST_RUN_NANOS = 25_000_000;

    private static final long FIRST_RUNS_NANOS = 300_000_000;

    /** Rests between windows of runs beside requests are so many times as long as these. */
    private static final int REST = 4;

    private static final long REST_OF_RUNS_NANOS = 1_000_000_000;
    private static final long MOST_SLEEP_NANOS = 10_000_000;

    /** When a warm-up is cancelled in the middle of a run, unless the model has more time anyway. */
    private static final long CANCELLED_NANOS = 3_000_000_000L;

    private static final long SMALLEST_NANOS = 50_000_000;
    private static final long LARGEST_NANOS = 3_000_000_000L;
    private static final long NANOS_PER_MEBIBYTE = 32_000_000;

    /** Made-up inputs of more than this are not made: a model may name an input that fills the machine. */
    private static final long MOST_INPUT_BYTES = 256L << 20;

    /** About what an element takes whose type has no size. */
    private static final int STRING_BYTES = 8;

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

    /**
     * Runs the model until it may be called ready.
     *
     * @return whether more runs would make it faster still
     */
    boolean run() {
        long budget = budget();
        boolean takesTurns = budget > TURN_NANOS;
        if (takesTurns) {
            TURN.lock();
        }
        try {
            return run(Cancellation.after(most(budget)), (inputs, cancellation) -> {
                boolean fast = firstRunsEndFast(inputs, cancellation);
                if (!fast) {
                    runUntilStable(inputs, cancellation, budget);
                }
                return fast;
            });
        } catch (CancellationException _) {
            LOG.info(
                    "model '{}': its warm-up was cancelled in the middle of a run after {} ms; the first requests may take "
                            + "longer than later ones",
                    model.name(),
                    most(budget).toMillis());
            return false;
        } finally {
            if (takesTurns) {
                TURN.unlock();
            }
        }
    }

    /** Goes on running the model, with rests, while it serves. */
    void runRest(Cancellation stopped) {
        try {
            boolean _ = run(stopped, this::runWithRests);
        } catch (CancellationException _) {
            LOG.debug("model '{}' is no longer warmed up", model.name());
        }
    }

    private long budget() {
        return Math.min(LARGEST_NANOS, SMALLEST_NANOS + (loaded.constantBytes() >> 20) * NANOS_PER_MEBIBYTE);
    }

    /** What is done with a model's made-up inputs. */
    private interface Runs {
        boolean of(List<List<Tensor>> inputs, Cancellation cancellation);
    }

    /** False if the model cannot be run. */
    private boolean run(Cancellation cancellation, Runs runs) {
        long bytes = inputBytes(extents.getLast());
        if (bytes > MOST_INPUT_BYTES) {
            LOG.info(
                    "model '{}' is not warmed up: made-up inputs would take {} MiB, more than the {} MiB that are spent on it; "
                            + "its first requests are slower",
                    model.name(),
                    bytes >> 20,
                    MOST_INPUT_BYTES >> 20);
            return false;
        }
        List<NativeMemory> memory = new ArrayList<>();
        try {
            List<List<Tensor>> inputs = new ArrayList<>();
            for (Extents each : extents) {
                inputs.add(inputs(each, memory));
            }
            return runs.of(inputs, cancellation);
        } catch (ExecutionException | InferException | NoMemoryException | ArithmeticException e) {
            if (e instanceof NoMemoryException || e.getCause() instanceof NoMemoryException) {
                LOG.info(
                        "model '{}' is not warmed up, its first requests are slower: {}", model.name(), e.getMessage());
            } else {
                LOG.debug("model '{}' is not warmed up: it does not take made-up inputs", model.name(), e);
            }
        } finally {
            memory.forEach(NativeMemory::close);
        }
        return false;
    }

    private boolean firstRunsEndFast(List<List<Tensor>> inputs, Cancellation cancellation) {
        long begin = System.nanoTime();
        long fastest = Long.MAX_VALUE; // any run may have waited for a processor
        for (int i = 0; i < WINDOW && System.nanoTime() - begin < FIRST_RUNS_NANOS; i++) {
            fastest = Math.min(fastest, nanosOfRun(inputs, i, cancellation));
        }
        return fastest <= FAST_RUN_NANOS;
    }

    private long nanosOfRun(List<List<Tensor>> inputs, int run, Cancellation cancellation) {
        long start = System.nanoTime();
        model.run(loaded, inputs.get(run % inputs.size()), cancellation).close();
        return System.nanoTime() - start;
    }

    private boolean runWithRests(List<List<Tensor>> inputs, Cancellation stopped) {
        WarmupProgress progress = new WarmupProgress();
        long total = 0;
        boolean faster = true;
        while (faster && total < Math.min(budget(), REST_OF_RUNS_NANOS)) {
            CompilerLoad compiler = CompilerLoad.sinceNow();
            long nanos = 0;
            for (int i = 0; i < WINDOW; i++) {
                nanos += nanosOfRun(inputs, i, stopped);
            }
            faster = progress.mayGetFaster(nanos, compiler.share());
            total += nanos;
            rest(nanos * REST, stopped);
        }
        return faster;
    }

    /** Short sleeps: who stops the warm-up waits for its end. */
    private static void rest(long nanos, Cancellation stopped) {
        long start = System.nanoTime();
        for (long left = nanos; left > 0 && !stopped.isRequested(); left = nanos - (System.nanoTime() - start)) {
            LockSupport.parkNanos(Math.min(left, MOST_SLEEP_NANOS));
        }
    }

    /** How long it may take together with the run that is under way then. */
    private static Duration most(long budget) {
        return Duration.ofNanos(Math.max(CANCELLED_NANOS, PATIENCE * budget));
    }

    private void runUntilStable(List<List<Tensor>> inputs, Cancellation cancellation, long budget) {
        WarmupProgress progress = new WarmupProgress();
        long begin = System.nanoTime();
        int runs = 0;
        boolean faster = true;
        while (faster && mayGoOn(runs, begin, budget)) {
            CompilerLoad compiler = CompilerLoad.sinceNow();
            long nanos = 0;
            for (int i = 0; i < WINDOW && mayGoOn(runs, begin, budget); i++) {
                nanos += nanosOfRun(inputs, runs++, cancellation);
            }
            faster = progress.mayGetFaster(nanos, compiler.share());
        }
        LOG.debug(
                "model '{}' was warmed up by {} runs in {} ms",
                model.name(),
                runs,
                (System.nanoTime() - begin) / 1_000_000);
    }

    private static boolean mayGoOn(int runs, long begin, long budget) {
        long time = System.nanoTime() - begin;
        return time < budget || (runs < FEWEST_RUNS && time < PATIENCE * budget);
    }

    /** Bytes of all inputs that have no value of their own; {@link Long#MAX_VALUE} for more than that. */
    private long inputBytes(Extents unknown) {
        long bytes = 0;
        try {
            for (LoadedModel.Port port : loaded.inputs()) {
                if (loaded.defaultOf(port.name()).isEmpty()) {
                    int each = port.type().dataType() == DataType.STRING
                            ? STRING_BYTES
                            : port.type().dataType().bytes();
                    bytes = Math.addExact(
                            bytes,
                            Math.multiplyExact(shape(port.type(), unknown).elements(), each));
                }
            }
        } catch (ArithmeticException e) {
            return Long.MAX_VALUE;
        }
        return bytes;
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
