package dev.nereid.engine;

import dev.nereid.engine.EngineException.Code;
import dev.nereid.engine.RowResults.Outcome;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelSignature;
import dev.nereid.models.TextPacking;
import dev.nereid.models.execute.RunResult;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A model that runs over the rows of a data set: it puts rows together into batches and gives each its own outputs. Where the
 * model allows it, texts of different lengths run side by side without padding; otherwise rows of equal shapes are a batch; and of
 * a model without a batch dim each row is a run. What a row gets depends neither on the rows beside it nor on threads. Any
 * number of threads may run it at the same time.
 */
public final class RowModel implements AutoCloseable {
    /** How rows become runs. */
    public enum Batching {
        /** Texts of any lengths, one behind the other. */
        PACKED_TEXTS,
        /** Rows of equal shapes: the first dim of every input and output is the batch, of one row where it is 1. */
        EQUAL_SHAPES,
        /** Each row by itself. */
        ONE_BY_ONE
    }

    private final Engine engine;
    private final ModelFolder.Found found;
    private final LoadedModel loaded;
    private final RowOptions options;
    private final int maxRows;
    private final Batching batching;
    private final List<TensorSpec> inputs;
    private final List<TensorSpec> outputs;
    private final RowFitting fitting;
    private volatile boolean closed;

    RowModel(Engine engine, ModelFolder.Found found, ModelSignature signature, LoadedModel loaded, RowOptions options) {
        this.engine = engine;
        this.found = found;
        this.loaded = loaded;
        this.options = options;
        try {
            List<TensorSpec> all =
                    signature.inputs().stream().map(TensorSpec::of).toList();
            List<TensorSpec> results =
                    signature.outputs().stream().map(TensorSpec::of).toList();
            this.batching = batching(signature, all, results);
            this.maxRows = beginWith(1, all, results)
                    ? 1
                    : Math.min(
                            options.maxRows(), Math.max(1, found.maxBatchSize().orElse(Integer.MAX_VALUE)));
            int outer = batching == Batching.ONE_BY_ONE ? 0 : 1;
            this.inputs = all.stream().map(spec -> spec.inner(outer)).toList();
            this.outputs = results.stream().map(spec -> spec.inner(outer)).toList();
        } catch (RuntimeException e) {
            loaded.close();
            throw e;
        }
        long longest = loaded.packing() instanceof TextPacking.Packed packed ? packed.longest() : Long.MAX_VALUE;
        this.fitting = new RowFitting(inputs, batching == Batching.PACKED_TEXTS, longest);
    }

    private Batching batching(ModelSignature signature, List<TensorSpec> inputs, List<TensorSpec> outputs) {
        if (loaded.packing() instanceof TextPacking.Packed) {
            return Batching.PACKED_TEXTS;
        }
        boolean batched = found.maxBatchSize().orElse(1) > 0
                && (beginWith(1, inputs, outputs)
                        || (signature.unbatched().isEmpty() && beginWith(TensorSpec.ANY, inputs, outputs)));
        return batched ? Batching.EQUAL_SHAPES : Batching.ONE_BY_ONE;
    }

    /** Whether all begin with this dim. */
    private static boolean beginWith(long dim, List<TensorSpec> inputs, List<TensorSpec> outputs) {
        return !inputs.isEmpty()
                && Stream.concat(inputs.stream(), outputs.stream())
                        .allMatch(spec -> spec.dims()
                                .filter(dims -> !dims.isEmpty() && dims.getFirst() == dim)
                                .isPresent());
    }

    /** The file that the model was loaded from. */
    public Path file() {
        return found.file();
    }

    /** The version that was loaded; empty for a file that is in no model's folder. */
    public OptionalLong version() {
        return found.version();
    }

    /** What a row must have, in the file's order, without the batch dim. */
    public List<TensorSpec> inputs() {
        return inputs;
    }

    /** What a row gets, in the file's order, without the batch dim. */
    public List<TensorSpec> outputs() {
        return outputs;
    }

    public Batching batching() {
        return batching;
    }

    /**
     * Runs rows, in as few runs as they allow.
     *
     * @param rows for each what it has for the inputs, in the order of {@link #inputs}; a list without inner lists takes the shape
     *     that the input declares
     * @return an outcome for each row; a row that does not suit the model fails alone
     * @throws EngineException with {@link Code#CLOSED}
     */
    public RowResults run(List<List<RowTensor>> rows) {
        Run run = new Run(rows.size());
        List<List<RowTensor>> fitted = new ArrayList<>(rows.size());
        List<Integer> suitable = new ArrayList<>(rows.size());
        for (int i = 0; i < rows.size(); i++) {
            List<RowTensor> row = List.of();
            try {
                row = fitting.fitted(rows.get(i));
                suitable.add(i);
            } catch (EngineException e) {
                run.outcomes[i] = new RowResults.Failed(e);
            }
            fitted.add(row);
        }
        for (List<Integer> batch : batches(fitted, suitable)) {
            run.runOrSplit(fitted, batch);
        }
        return new RowResults(Arrays.asList(run.outcomes), run.runs, run.nanos);
    }

    /** The rows of each run, in an order that depends on the rows alone. */
    private List<List<Integer>> batches(List<List<RowTensor>> rows, List<Integer> suitable) {
        return switch (batching) {
            case ONE_BY_ONE -> suitable.stream().map(List::of).toList();
            case EQUAL_SHAPES -> {
                Map<List<Shape>, List<Integer>> groups = new LinkedHashMap<>();
                for (int i : suitable) {
                    List<Shape> shapes =
                            rows.get(i).stream().map(RowTensor::shape).toList();
                    groups.computeIfAbsent(shapes, _ -> new ArrayList<>()).add(i);
                }
                yield groups.values().stream()
                        .flatMap(group -> IntStream.iterate(0, from -> from < group.size(), from -> from + maxRows)
                                .mapToObj(from -> group.subList(from, Math.min(from + maxRows, group.size()))))
                        .toList();
            }
            case PACKED_TEXTS -> packed(rows, suitable);
        };
    }

    private List<List<Integer>> packed(List<List<RowTensor>> rows, List<Integer> suitable) {
        List<List<Integer>> batches = new ArrayList<>();
        long tokens = Long.MAX_VALUE;
        for (int i : suitable) {
            long own = rows.get(i).getFirst().shape().dim(0);
            if (batches.isEmpty()
                    || tokens + own > options.maxTokens()
                    || batches.getLast().size() == maxRows) {
                batches.add(new ArrayList<>());
                tokens = 0;
            }
            batches.getLast().add(i);
            tokens += own;
        }
        return batches;
    }

    /** One call of {@link RowModel#run}. */
    private final class Run {
        private final Outcome[] outcomes;
        private long runs;
        private long nanos;

        Run(int rows) {
            outcomes = new Outcome[rows];
        }

        /** Rows that fail together are run one by one: only the one at fault fails. */
        void runOrSplit(List<List<RowTensor>> rows, List<Integer> batch) {
            try {
                run(rows, batch);
            } catch (EngineException e) {
                if (e.code() == Code.CLOSED) {
                    throw e;
                }
                if (batch.size() > 1) {
                    batch.forEach(i -> runOrSplit(rows, List.of(i)));
                } else {
                    outcomes[batch.getFirst()] = new RowResults.Failed(e);
                }
            }
        }

        private void run(List<List<RowTensor>> rows, List<Integer> batch) {
            if (closed) {
                throw new EngineException(Code.CLOSED, found.file() + ": the model is closed");
            }
            List<SlabPool.Slab> slabs = new ArrayList<>();
            try {
                List<Tensor> tensors = new ArrayList<>();
                for (int input = 0; input < inputs.size(); input++) {
                    tensors.add(joined(rows, batch, input, slabs));
                }
                if (batching == Batching.PACKED_TEXTS) {
                    tensors.add(ends(rows, batch, slabs));
                }
                long start = System.nanoTime();
                try (RunResult result = engine.run(loaded, tensors)) {
                    nanos += System.nanoTime() - start;
                    runs++;
                    share(result.outputs(), rows, batch);
                }
            } catch (RuntimeException e) {
                throw EngineException.of(found.file().toString(), e);
            } finally {
                slabs.forEach(SlabPool.Slab::close);
            }
        }

        private void share(List<Tensor> results, List<List<RowTensor>> rows, List<Integer> batch) {
            List<RowSplit> splits = new ArrayList<>();
            for (int output = 0; output < results.size(); output++) {
                splits.add(new RowSplit(outputs.get(output), results.get(output)));
            }
            for (int i : batch) {
                List<RowTensor> own = new ArrayList<>(splits.size());
                for (int output = 0; output < splits.size(); output++) {
                    own.add(part(splits.get(output), output, rows.get(i), batch.size()));
                }
                outcomes[i] = new RowResults.Done(own);
            }
        }

        private RowTensor part(RowSplit split, int output, List<RowTensor> row, int rows) {
            if (batching == Batching.ONE_BY_ONE) {
                return split.whole();
            }
            if (loaded.packing() instanceof TextPacking.Packed packing
                    && packing.outputs().get(output) == TextPacking.Part.TOKENS) {
                return split.nextTokens(row.getFirst().shape().dim(0));
            }
            return split.nextOf(rows);
        }
    }

    private Tensor joined(List<List<RowTensor>> rows, List<Integer> batch, int input, List<SlabPool.Slab> slabs) {
        RowTensor first = rows.get(batch.getFirst()).get(input);
        Shape shape = switch (batching) {
            case ONE_BY_ONE -> first.shape();
            case EQUAL_SHAPES -> outer(batch.size(), first.shape());
            case PACKED_TEXTS -> {
                long tokens = batch.stream()
                        .mapToLong(i -> rows.get(i).get(input).shape().dim(0))
                        .sum();
                yield outer(1, first.shape().withDim(0, tokens));
            }
        };
        if (first.dataType() == DataType.STRING) {
            List<byte[]> strings = new ArrayList<>();
            batch.forEach(
                    i -> strings.addAll(Arrays.asList(rows.get(i).get(input).strings())));
            return Tensor.ofStrings(shape, strings.toArray(byte[][]::new));
        }
        SlabPool.Slab slab = engine.take(
                Math.multiplyExact(shape.elements(), (long) first.dataType().bytes()));
        slabs.add(slab);
        long offset = 0;
        for (int i : batch) {
            byte[] bytes = rows.get(i).get(input).bytes();
            MemorySegment.copy(MemorySegment.ofArray(bytes), 0, slab.segment(), offset, bytes.length);
            offset += bytes.length;
        }
        return Tensor.of(first.dataType(), shape, slab.segment());
    }

    private static Shape outer(long first, Shape rest) {
        long[] dims = new long[rest.rank() + 1];
        dims[0] = first;
        System.arraycopy(rest.dims(), 0, dims, 1, rest.rank());
        return Shape.of(dims);
    }

    /** Where each text ends: [texts]. */
    private Tensor ends(List<List<RowTensor>> rows, List<Integer> batch, List<SlabPool.Slab> slabs) {
        SlabPool.Slab slab = engine.take((long) batch.size() * Long.BYTES);
        slabs.add(slab);
        long end = 0;
        for (int text = 0; text < batch.size(); text++) {
            end += rows.get(batch.get(text)).getFirst().shape().dim(0);
            slab.segment().setAtIndex(ValueLayout.JAVA_LONG, text, end);
        }
        return Tensor.of(DataType.INT64, Shape.of(batch.size()), slab.segment());
    }

    /** Waits until runs have ended, then frees the model's memory. Closing twice is harmless. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            loaded.close();
        }
    }
}
