package dev.nereid.perf.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void constantGapsAddUpToTheRate() {
        Schedule schedule = Schedule.constant(3000);
        long sum = 0;
        for (int i = 0; i < 3000; i++) {
            sum += schedule.nextGap();
        }
        assertThat(sum).isCloseTo(1_000_000_000L, within(2L));
    }

    @Test
    void poissonGapsHaveTheMeanAndTheSpreadOfTheRate() {
        Schedule schedule = Schedule.poisson(1000, 7);
        int count = 100_000;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < count; i++) {
            double gap = schedule.nextGap() / 1e6;
            sum += gap;
            squares += gap * gap;
        }
        double mean = sum / count;
        assertThat(mean).isCloseTo(1, within(0.02));
        assertThat(Math.sqrt(squares / count - mean * mean)).isCloseTo(1, within(0.03));
    }

    @Test
    void sameSeedGivesTheSameGaps() {
        Schedule a = Schedule.poisson(50, 3);
        Schedule b = Schedule.poisson(50, 3);
        for (int i = 0; i < 100; i++) {
            assertThat(a.nextGap()).isEqualTo(b.nextGap());
        }
    }

    @Test
    void givenGapsComeAgain() {
        Schedule schedule = Schedule.repeated(List.of(5L, 7L));
        assertThat(List.of(schedule.nextGap(), schedule.nextGap(), schedule.nextGap()))
                .containsExactly(5L, 7L, 5L);
    }
}
