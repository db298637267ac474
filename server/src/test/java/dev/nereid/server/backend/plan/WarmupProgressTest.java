package dev.nereid.server.backend.plan;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WarmupProgressTest {
    private static final double BUSY = 1.5;
    private static final double IDLE = 0.1;

    private final WarmupProgress progress = new WarmupProgress();

    @Test
    void goesOnWhileWindowsGetFasterWhateverTheCompilerDoes() {
        for (long nanos = 1_000_000; nanos > 1000; nanos = nanos * 9 / 10) {
            assertThat(progress.mayGetFaster(nanos, IDLE)).isTrue();
        }
    }

    @Test
    void endsWhenNothingIsGainedAndTheCompilerRests() {
        assertThat(progress.mayGetFaster(1000, BUSY)).isTrue();
        assertThat(progress.mayGetFaster(990, BUSY)).isTrue();
        assertThat(progress.mayGetFaster(980, IDLE)).isFalse();
    }

    @Test
    void endsAfterFourWindowsThatGainNothingWhileTheCompilerIsBusyForOthers() {
        assertThat(progress.mayGetFaster(1000, BUSY)).isTrue();
        for (int window = 1; window < 4; window++) {
            assertThat(progress.mayGetFaster(1000 + window, BUSY)).isTrue();
        }
        assertThat(progress.mayGetFaster(1000, BUSY)).isFalse();
    }

    @Test
    void aNewBestBeginsTheCountAnew() {
        for (long best = 1000; best > 100; best /= 2) {
            for (int window = 0; window < 4; window++) {
                assertThat(progress.mayGetFaster(best, BUSY)).isTrue();
            }
        }
    }

    @Test
    void slowGainsCountTogether() {
        assertThat(progress.mayGetFaster(1000, BUSY)).isTrue();
        assertThat(progress.mayGetFaster(970, BUSY)).isTrue();
        assertThat(progress.mayGetFaster(940, IDLE)).isTrue();
    }
}
