package dev.nereid.server.schedule.adaptive;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class ArrivalRateTest {
    private static final long MILLI = 1_000_000;
    private final ArrivalRate rate = new ArrivalRate(100.0 * MILLI);

    private long arrive(long from, int count, long every) {
        for (int i = 0; i < count; i++) {
            rate.add(WorkSize.ofTokens(1, 10), from + i * every);
        }
        return from + count * every;
    }

    @Test
    void isNothingBeforeTheFirst() {
        assertThat(rate.requests(5)).isZero();
        assertThat(rate.work(5)).isEqualTo(WorkSize.NONE);
    }

    @Test
    void isRightBeforeItsMemoryIsFull() {
        long now = arrive(0, 20, MILLI);
        assertThat(rate.requests(now) * MILLI).isCloseTo(1, Percentage.withPercentage(10));
    }

    @Test
    void forgetsWhatIsLongAgo() {
        long now = arrive(0, 1000, MILLI);
        now = arrive(now, 2000, MILLI / 4);
        assertThat(rate.requests(now) * MILLI).isCloseTo(4, Percentage.withPercentage(5));
        assertThat(rate.work(now).tokens() * MILLI).isCloseTo(40, Percentage.withPercentage(5));
        assertThat(rate.requests(now + 1000 * MILLI) * MILLI).isLessThan(0.01);
    }
}
