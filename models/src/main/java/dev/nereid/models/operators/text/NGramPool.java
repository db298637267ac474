package dev.nereid.models.operators.text;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The n-grams that TfIdfVectorizer counts, as a trie of their items. Items and the n-grams that something is known of have
 * numbers, and the tree is a table of steps, from an n-gram by one more item to a longer one. Built once, then only read.
 */
final class NGramPool {
    /** No n-gram, and no column. */
    static final int NONE = LongInterner.NONE;

    private final LongInterner integers = new LongInterner();
    private final Map<String, Integer> texts = new HashMap<>();

    /** Numbers of the n-grams that one more item leads to; that of the n-gram without items would be -1. */
    private final LongInterner steps = new LongInterner();

    /** For each item the n-gram of it alone. */
    private final int[] singles;

    /** For each n-gram the column that counts it. */
    private int[] columns = new int[0];

    /** For each n-gram a bit for every 64th item that may lead to a longer one: mostly none does, which is then known. */
    private long[] leading = new long[0];

    private final int[] numbers;

    private NGramPool(int items, int columns) {
        singles = new int[items];
        Arrays.fill(singles, NONE);
        numbers = new int[columns];
    }

    /** The pool of the attributes {@code pool_int64s} or {@code pool_strings}. */
    static NGramPool of(Attributes attributes, int shortest, int longest) {
        long[] integers = attributes.integers("pool_int64s").orElse(new long[0]);
        List<String> texts = attributes.texts("pool_strings").orElse(List.of());
        if (integers.length > 0 && !texts.isEmpty()) {
            throw new ModelFormatException("expected one of pool_int64s and pool_strings, got both");
        }
        long[] counts = attributes
                .integers("ngram_counts")
                .orElseThrow(() -> new ModelFormatException("attribute 'ngram_counts' is missing"));
        long[] indexes = attributes
                .integers("ngram_indexes")
                .orElseThrow(() -> new ModelFormatException("attribute 'ngram_indexes' is missing"));
        int length = integers.length + texts.size();
        NGramPool pool = new NGramPool(length, columns(indexes));
        int[] items = integers.length > 0
                ? Arrays.stream(integers).mapToInt(pool.integers::add).toArray()
                : texts.stream().mapToInt(pool::add).toArray();
        int number = 0;
        for (int size = 1; size <= counts.length; size++) {
            long from = counts[size - 1];
            long to = size < counts.length ? counts[size] : length;
            if (from < 0 || from > to || to > length || (to - from) % size != 0) {
                throw new ModelFormatException("ngram_counts: expected the starts of whole " + size
                        + "-grams in a pool of " + length + " items, got " + Arrays.toString(counts));
            }
            for (long at = from; at < to; at += size) {
                if (number >= indexes.length || indexes[number] < 0 || indexes[number] >= Integer.MAX_VALUE) {
                    throw new ModelFormatException(
                            "ngram_indexes: expected a column for each n-gram, got none for number " + number);
                }
                if (size >= shortest && size <= longest) {
                    pool.add(items, (int) at, size, (int) indexes[number]);
                }
                pool.numbers[(int) indexes[number]] = number;
                number++;
            }
        }
        return pool;
    }

    private static int columns(long[] indexes) {
        long highest = Arrays.stream(indexes).max().orElse(-1);
        if (highest >= Integer.MAX_VALUE) {
            throw new ModelFormatException("ngram_indexes: expected columns below 2147483647, got " + highest);
        }
        return Math.max(0, (int) highest + 1);
    }

    private int add(String text) {
        return texts.computeIfAbsent(text, _ -> texts.size());
    }

    private void add(int[] items, int from, int size, int column) {
        int gram = NONE;
        for (int i = 0; i < size; i++) {
            int item = items[from + i];
            int before = gram;
            gram = steps.add(step(before, item));
            makeRoom();
            if (i == 0) {
                singles[item] = gram;
            } else {
                leading[before] |= 1L << item;
            }
        }
        columns[gram] = column;
    }

    private void makeRoom() {
        int known = columns.length;
        if (steps.count() > known) {
            int more = Math.max(2 * known, steps.count());
            columns = Arrays.copyOf(columns, more);
            Arrays.fill(columns, known, more, NONE);
            leading = Arrays.copyOf(leading, more);
        }
    }

    private static long step(int gram, int item) {
        return (long) gram << Integer.SIZE | item;
    }

    int columns() {
        return numbers.length;
    }

    /** The place in the pool of the n-gram that a column of the result counts; 0 where it counts none. */
    int number(int column) {
        return numbers[column];
    }

    /** The numbers of items, {@link #NONE} for those of which no n-gram has one. */
    int[] items(Tensor x) {
        int[] items = new int[Math.toIntExact(x.shape().elements())];
        if (x.dataType() == DataType.STRING) {
            for (int i = 0; i < items.length; i++) {
                items[i] = texts.getOrDefault(Texts.text(x.strings()[i]), NONE);
            }
        } else if (x.dataType() == DataType.INT64) {
            MemorySegment segment = x.segment();
            for (int i = 0; i < items.length; i++) {
                items[i] = integers.get(segment.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) Long.BYTES * i));
            }
        } else {
            long[] numbers = IntegerTensors.read(x).orElseThrow();
            for (int i = 0; i < items.length; i++) {
                items[i] = integers.get(numbers[i]);
            }
        }
        return items;
    }

    /** The n-gram of one item, or {@link #NONE}. */
    int single(int item) {
        return item == NONE ? NONE : singles[item];
    }

    /** An n-gram and one more item, or {@link #NONE}. */
    int longer(int gram, int item) {
        return item == NONE || (leading[gram] >>> item & 1) == 0 ? NONE : steps.get(step(gram, item));
    }

    /** The column that counts an n-gram; {@link #NONE} where only longer ones are counted. */
    int column(int gram) {
        return columns[gram];
    }
}
