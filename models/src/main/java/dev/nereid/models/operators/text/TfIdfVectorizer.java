package dev.nereid.models.operators.text;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * ONNX TfIdfVectorizer: for each row how often the n-grams of a pool occur in it, items skipped between those of an n-gram
 * up to a number.
 *
 * <p>x: [items] or [batch, items]; y: [columns] or [batch, columns].
 */
final class TfIdfVectorizer implements Operator {
    private enum Mode {
        TF,
        IDF,
        TFIDF
    }

    private record Settings(Mode mode, int shortest, int longest, int skips, Optional<List<Float>> weights) {
        static Settings of(Attributes attributes) {
            String mode = attributes.text("mode", "");
            int shortest = positive(attributes, "min_gram_length");
            int longest = positive(attributes, "max_gram_length");
            long skips = attributes.integer("max_skip_count", 0);
            if (longest < shortest || skips < 0 || skips >= Integer.MAX_VALUE) {
                throw new ModelFormatException("expected min_gram_length <= max_gram_length and a max_skip_count of 0"
                        + " at least, got " + shortest + ", " + longest + " and " + skips);
            }
            return new Settings(
                    Arrays.stream(Mode.values())
                            .filter(value -> value.name().equals(mode))
                            .findFirst()
                            .orElseThrow(() ->
                                    new ModelFormatException("mode: expected TF, IDF or TFIDF, got '" + mode + "'")),
                    shortest,
                    longest,
                    (int) skips,
                    attributes.reals("weights").filter(list -> !list.isEmpty()));
        }

        private static int positive(Attributes attributes, String name) {
            long value = attributes.integer(name, 0);
            if (value < 1 || value > Integer.MAX_VALUE) {
                throw new ModelFormatException(name + ": expected 1 at least, got " + value);
            }
            return (int) value;
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference in) {
        TensorType x = in.type(0);
        Settings settings = Settings.of(in.attributes());
        NGramPool pool = NGramPool.of(in.attributes(), settings.shortest(), settings.longest());
        int grams = in.attributes()
                .integers("ngram_indexes")
                .map(list -> list.length)
                .orElse(0);
        if (settings.weights().isPresent() && settings.weights().get().size() < grams) {
            throw new ModelFormatException("weights: expected one for each of the " + grams + " n-grams, got "
                    + settings.weights().get().size());
        }
        if (!x.hasRank()) {
            return List.of(TensorType.ofUnknownRank(DataType.FP32));
        }
        if (x.rank() > 2) {
            throw new ModelFormatException("X: expected the shape [items] or [batch,items], got " + x);
        }
        Dim columns = Dim.of(pool.columns());
        return List.of(TensorType.of(DataType.FP32, x.rank() == 2 ? List.of(x.dim(0), columns) : List.of(columns)));
    }

    @Override
    public void lower(Lowering lowering) {
        Settings settings = Settings.of(lowering.attributes());
        NGramPool pool = NGramPool.of(lowering.attributes(), settings.shortest(), settings.longest());
        float[] weights = weights(settings, pool);
        // What a run counts with is as large as a result: the next run takes it over.
        AtomicReference<Optional<NGramCounts>> spare = new AtomicReference<>(Optional.empty());
        lowering.step(run -> {
            NGramCounts counts = spare.getAndSet(Optional.empty()).orElseGet(() -> new NGramCounts(pool));
            vectorize(run, settings, pool, weights, counts);
            spare.set(Optional.of(counts));
        });
    }

    /** What each column's count is worth. */
    private static float[] weights(Settings settings, NGramPool pool) {
        float[] weights = new float[pool.columns()];
        for (int column = 0; column < weights.length; column++) {
            weights[column] = settings.weights().isPresent() && settings.mode() != Mode.TF
                    ? settings.weights().get().get(pool.number(column))
                    : 1;
        }
        return weights;
    }

    private static void vectorize(StepRun run, Settings settings, NGramPool pool, float[] weights, NGramCounts counts) {
        Tensor x = run.input(0);
        MemorySegment y = run.output(0).segment();
        int[] items = pool.items(x);
        int rows = x.shape().rank() == 2 ? Math.toIntExact(x.shape().dim(0)) : 1;
        int length = rows == 0 ? 0 : items.length / rows;
        // Few of the columns occur in a row.
        y.asSlice(0, (long) Float.BYTES * rows * weights.length).fill((byte) 0);
        for (int row = 0; row < rows; row++) {
            counts.count(
                    items, row * length, (row + 1) * length, settings.shortest(), settings.longest(), settings.skips());
            for (int i = 0; i < counts.occurring(); i++) {
                int column = counts.column(i);
                float times = settings.mode() == Mode.IDF ? 1 : counts.times(column);
                long at = Float.BYTES * ((long) row * weights.length + column);
                y.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, times * weights[column]);
            }
            counts.clear();
        }
    }
}
