package dev.nereid.models.operators.text;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

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
        GramPool pool = GramPool.of(in.attributes(), settings.shortest(), settings.longest());
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
        GramPool pool = GramPool.of(lowering.attributes(), settings.shortest(), settings.longest());
        lowering.step(run -> vectorize(run, settings, pool));
    }

    private static void vectorize(StepRun run, Settings settings, GramPool pool) {
        Tensor x = run.input(0);
        Tensor y = run.output(0);
        Object[] items = items(x);
        int rows = x.shape().rank() == 2 ? Math.toIntExact(x.shape().dim(0)) : 1;
        int length = rows == 0 ? 0 : items.length / rows;
        for (int row = 0; row < rows; row++) {
            long[] counts = new long[pool.columns()];
            count(Arrays.asList(items).subList(row * length, (row + 1) * length), settings, pool, counts);
            for (int column = 0; column < counts.length; column++) {
                float weight = settings.weights().isPresent() && settings.mode() != Mode.TF
                        ? settings.weights().get().get(pool.numbers().get(column))
                        : 1;
                float times = settings.mode() == Mode.IDF ? Math.min(counts[column], 1) : counts[column];
                long at = 4L * ((long) row * counts.length + column);
                y.segment().set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, times * weight);
            }
        }
    }

    private static void count(List<Object> items, Settings settings, GramPool pool, long[] counts) {
        GramPool.Gram none = new GramPool.Gram();
        int shortest = settings.shortest();
        // Beyond the length of the row no distance finds a second item.
        long farthest = Math.min((long) settings.skips() + 1, Math.max(items.size(), 1));
        for (int distance = 1; distance <= farthest && shortest <= settings.longest(); distance++) {
            for (int start = 0; start < items.size(); start++) {
                GramPool.Gram gram = pool.root();
                long at = start;
                for (int size = 1; size <= settings.longest() && at < items.size() && gram != none; size++) {
                    gram = gram.next(items.get((int) at), none);
                    if (size >= shortest && gram.column().isPresent()) {
                        counts[gram.column().getAsInt()]++;
                    }
                    at += distance;
                }
            }
            // A single item has no distance: it is counted once.
            shortest = Math.max(shortest, 2);
        }
    }

    private static Object[] items(Tensor x) {
        if (x.dataType() == DataType.STRING) {
            return Arrays.stream(x.strings())
                    .limit(x.shape().elements())
                    .map(Texts::text)
                    .toArray();
        }
        return Arrays.stream(IntegerTensors.read(x).orElseThrow()).boxed().toArray();
    }
}
