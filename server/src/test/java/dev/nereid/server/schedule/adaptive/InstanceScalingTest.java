package dev.nereid.server.schedule.adaptive;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InstanceScalingTest {
    private static final long MILLI = 1_000_000;
    private static final long TICK = 250 * MILLI;

    private final InstanceScaling scaling = new InstanceScaling(100 * MILLI);
    private long now = 5_000 * MILLI;

    /** What is wished after a quarter of a second in which so many of a hundred requests were late. */
    private int tick(int late) {
        for (int i = 0; i < 100; i++) {
            scaling.waited(i < late ? 11 * MILLI : 10 * MILLI);
        }
        now += TICK;
        return scaling.wish(1, 1, 0, now);
    }

    private int idleTick() {
        now += TICK;
        return scaling.wish(0, 1, 0, now);
    }

    @Test
    void wishesOneMoreAfterTwoSecondsOfLateRequests() {
        scaling.wish(0, 1, 0, now);
        for (int i = 0; i < 7; i++) {
            assertThat(tick(6)).isEqualTo(0);
        }
        assertThat(tick(6)).isEqualTo(1);
    }

    @Test
    void startsAnewWhenRequestsAreInTimeForAMoment() {
        scaling.wish(0, 1, 0, now);
        for (int i = 0; i < 40; i++) {
            assertThat(tick(i % 8 == 7 ? 5 : 100)).isEqualTo(0);
        }
    }

    @Test
    void takesARequestThatStillWaitsForALateOne() {
        scaling.wish(0, 1, 0, now);
        int wish = 0;
        for (int i = 0; i < 8; i++) {
            now += TICK;
            wish = scaling.wish(1, 1, 11 * MILLI, now);
        }
        assertThat(wish).isEqualTo(1);
    }

    @Test
    void takesRequestsThatWereTurnedAwayForLateOnes() {
        scaling.wish(0, 1, 0, now);
        int wish = 0;
        for (int i = 0; i < 8; i++) {
            scaling.turnedAway();
            wish = tick(5);
        }
        assertThat(wish).isEqualTo(1);
    }

    @Test
    void waitsAnewAfterAChange() {
        scaling.wish(0, 1, 0, now);
        for (int i = 0; i < 8; i++) {
            tick(100);
        }
        assertThat(scaling.wish(2, 2, 0, now)).isEqualTo(0);
        for (int i = 0; i < 8; i++) {
            scaling.turnedAway();
            now += TICK;
            assertThat(scaling.wish(2, 2, 0, now)).isEqualTo(i < 7 ? 0 : 1);
        }
    }

    @Test
    void wishesOneFewerAfterHalfAMinuteWithAnIdleInstance() {
        scaling.wish(0, 1, 0, now);
        for (int i = 0; i < 119; i++) {
            assertThat(idleTick()).isEqualTo(0);
        }
        assertThat(idleTick()).isEqualTo(-1);
    }

    @Test
    void keepsAnInstanceThatWasNeededForAMoment() {
        scaling.wish(0, 1, 0, now);
        for (int i = 0; i < 600; i++) {
            if (i % 100 == 99) {
                scaling.busy(1, 1, now);
            }
            assertThat(idleTick()).isEqualTo(0);
        }
    }
}
