package dev.nereid.perf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoublePredicate;
import org.junit.jupiter.api.Test;

class LevelSearchTest {
    private static List<Double> levels(PerfOptions options, DoublePredicate meets) throws IOException {
        LevelSearch search = LevelSearch.of(options);
        List<Double> levels = new ArrayList<>();
        while (search.hasNext()) {
            levels.add(search.next());
            search.learned(meets.test(levels.getLast()));
        }
        return levels;
    }

    private static PerfOptions concurrency(String range) {
        PerfOptions options = new PerfOptions();
        options.concurrency = range;
        return options;
    }

    @Test
    void rangeIsTakenStepByStepUpToItsEnd() throws IOException {
        assertThat(levels(concurrency("2:9:3"), _ -> true)).containsExactly(2.0, 5.0, 8.0);
        assertThat(levels(concurrency("4"), _ -> true)).containsExactly(4.0);
        assertThat(levels(new PerfOptions(), _ -> true)).containsExactly(1.0);
    }

    @Test
    void limitEndsALinearSearchAtTheFirstMiss() throws IOException {
        PerfOptions options = concurrency("1:0");
        options.latencyLimit = 5;
        assertThat(levels(options, level -> level < 4)).containsExactly(1.0, 2.0, 3.0, 4.0);
    }

    @Test
    void halvingEndsAtTheStep() throws IOException {
        PerfOptions options = concurrency("1:65:4");
        options.latencyLimit = 5;
        options.binarySearch = true;
        List<Double> levels = levels(options, level -> level <= 22);
        assertThat(levels).startsWith(1.0, 65.0, 33.0, 17.0).doesNotHaveDuplicates();
        assertThat(levels.stream().filter(level -> level <= 22).max(Double::compare))
                .hasValue(21.0);
    }

    @Test
    void halvingTakesTheMiddleWhateverTheStep() throws IOException {
        PerfOptions options = concurrency("2:10:3");
        options.latencyLimit = 5;
        options.binarySearch = true;
        assertThat(levels(options, level -> level < 7)).containsExactly(2.0, 10.0, 6.0, 8.0);
        options.concurrency = "";
        options.rate = "100:200:20";
        assertThat(levels(options, level -> level < 120)).containsExactly(100.0, 200.0, 150.0, 125.0, 112.5);
    }

    @Test
    void rangeWithoutAnEndNeedsALimit() {
        assertThatThrownBy(() -> LevelSearch.of(concurrency("1:0"))).hasMessageContaining("--latency-threshold");
        assertThatThrownBy(() -> LevelSearch.of(concurrency("3:x"))).hasMessageContaining("got '3:x'");
    }
}
