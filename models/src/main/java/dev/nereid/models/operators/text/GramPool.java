package dev.nereid.models.operators.text;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The n-grams that TfIdfVectorizer counts, as a tree of their items. Built once, then only read.
 *
 * @param root the start of every n-gram
 * @param numbers for each column of the result the place in the pool of the n-gram that it counts; 0 where it counts none
 */
record GramPool(Gram root, List<Integer> numbers) {
    /** An n-gram, or the beginning of longer ones. */
    static final class Gram {
        private final Map<Object, Gram> longer = new HashMap<>();
        private OptionalInt column = OptionalInt.empty();

        /** This n-gram and one more item; {@code whenAbsent} where the pool has no such. */
        Gram next(Object item, Gram whenAbsent) {
            return longer.getOrDefault(item, whenAbsent);
        }

        /** The column that counts this n-gram; empty where only longer ones are counted. */
        OptionalInt column() {
            return column;
        }
    }

    /** The pool of the attributes {@code pool_int64s} or {@code pool_strings}. */
    static GramPool of(Attributes attributes, int shortest, int longest) {
        List<Object> items = items(attributes);
        long[] counts = attributes
                .integers("ngram_counts")
                .orElseThrow(() -> new ModelFormatException("attribute 'ngram_counts' is missing"));
        long[] indexes = attributes
                .integers("ngram_indexes")
                .orElseThrow(() -> new ModelFormatException("attribute 'ngram_indexes' is missing"));
        Gram root = new Gram();
        int[] numbers = new int[columns(indexes)];
        int number = 0;
        for (int size = 1; size <= counts.length; size++) {
            long from = counts[size - 1];
            long to = size < counts.length ? counts[size] : items.size();
            if (from < 0 || from > to || to > items.size() || (to - from) % size != 0) {
                throw new ModelFormatException("ngram_counts: expected the starts of whole " + size
                        + "-grams in a pool of " + items.size() + " items, got " + Arrays.toString(counts));
            }
            for (long at = from; at < to; at += size) {
                if (number >= indexes.length || indexes[number] < 0 || indexes[number] >= Integer.MAX_VALUE) {
                    throw new ModelFormatException(
                            "ngram_indexes: expected a column for each n-gram, got none for number " + number);
                }
                if (size >= shortest && size <= longest) {
                    add(root, items.subList((int) at, (int) at + size), (int) indexes[number]);
                }
                numbers[(int) indexes[number]] = number;
                number++;
            }
        }
        return new GramPool(root, Arrays.stream(numbers).boxed().toList());
    }

    private static int columns(long[] indexes) {
        long highest = Arrays.stream(indexes).max().orElse(-1);
        if (highest >= Integer.MAX_VALUE) {
            throw new ModelFormatException("ngram_indexes: expected columns below 2147483647, got " + highest);
        }
        return Math.max(0, (int) highest + 1);
    }

    int columns() {
        return numbers.size();
    }

    private static void add(Gram root, List<Object> items, int column) {
        Gram gram = root;
        for (Object item : items) {
            gram = gram.longer.computeIfAbsent(item, _ -> new Gram());
        }
        gram.column = OptionalInt.of(column);
    }

    private static List<Object> items(Attributes attributes) {
        List<Object> items = new ArrayList<>();
        for (long item : attributes.integers("pool_int64s").orElse(new long[0])) {
            items.add(item);
        }
        List<String> strings = attributes.texts("pool_strings").orElse(List.of());
        if (!items.isEmpty() && !strings.isEmpty()) {
            throw new ModelFormatException("expected one of pool_int64s and pool_strings, got both");
        }
        items.addAll(strings);
        return items;
    }
}
