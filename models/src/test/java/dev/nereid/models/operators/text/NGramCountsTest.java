package dev.nereid.models.operators.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.operators.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NGramCountsTest {
    private static final int WORDS = 70;
    private static final int OF_EACH_SIZE = 100;
    private static final int LONGEST = 3;

    private final Random random = new Random(4);

    /** The words of each n-gram, none twice; each has the column of its number. */
    private final List<List<Long>> grams = grams();

    private List<List<Long>> grams() {
        List<List<Long>> all = new ArrayList<>();
        for (int size = 1; size <= LONGEST; size++) {
            int end = size == 1 ? 50 : all.size() + OF_EACH_SIZE;
            while (all.size() < end) {
                List<Long> gram = random.longs(size, 0, WORDS).boxed().toList();
                if (!all.contains(gram)) {
                    all.add(gram);
                }
            }
        }
        return all;
    }

    private static Attribute longs(List<Long> values) {
        return new Attribute.Ints(values);
    }

    private NGramPool pool(int shortest, int longest) {
        List<Long> numbers = new ArrayList<>();
        for (long i = 0; i < grams.size(); i++) {
            numbers.add(i);
        }
        return NGramPool.of(
                new Attributes(Map.of(
                        "pool_int64s",
                        longs(grams.stream().flatMap(List::stream).toList()),
                        "ngram_counts",
                        longs(List.of(0L, 50L, 50L + 2 * OF_EACH_SIZE)),
                        "ngram_indexes",
                        longs(numbers))),
                shortest,
                longest);
    }

    @Test
    void countsWhatALookAtEveryPlaceCounts() {
        long[] words = random.longs(600, 0, WORDS + 10).toArray();
        for (int shortest = 1; shortest <= LONGEST; shortest++) {
            for (int longest = shortest; longest <= LONGEST; longest++) {
                for (int skips : new int[] {0, 1, 5, 1000}) {
                    NGramPool pool = pool(shortest, longest);
                    NGramCounts counts = new NGramCounts(pool);
                    int[] items = pool.items(Tensors.longs(words));
                    for (int from : new int[] {0, 200, 599, 600}) {
                        counts.count(items, from, words.length, shortest, longest, skips);
                        long[] row = Arrays.copyOfRange(words, from, words.length);
                        assertThat(columns(counts))
                                .describedAs("%d to %d words, %d skipped, from %d on", shortest, longest, skips, from)
                                .isEqualTo(expected(row, shortest, longest, skips));
                        counts.clear();
                    }
                }
            }
        }
    }

    private long[] columns(NGramCounts counts) {
        long[] columns = new long[grams.size()];
        for (int i = 0; i < counts.occurring(); i++) {
            columns[counts.column(i)] += counts.times(counts.column(i));
        }
        return columns;
    }

    private long[] expected(long[] row, int shortest, int longest, int skips) {
        long[] columns = new long[grams.size()];
        for (int column = 0; column < columns.length; column++) {
            List<Long> gram = grams.get(column);
            if (gram.size() >= shortest && gram.size() <= longest) {
                columns[column] = occurrences(row, gram, gram.size() == 1 ? 0 : skips);
            }
        }
        return columns;
    }

    private static long occurrences(long[] row, List<Long> gram, int skips) {
        long found = 0;
        for (int distance = 1; distance <= Math.min(skips + 1, row.length); distance++) {
            for (int start = 0; start + (gram.size() - 1) * distance < row.length; start++) {
                boolean same = true;
                for (int i = 0; i < gram.size() && same; i++) {
                    same = row[start + i * distance] == gram.get(i);
                }
                found += same ? 1 : 0;
            }
        }
        return found;
    }
}
