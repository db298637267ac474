package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.schedule.limit.RateLimiter;
import dev.nereid.server.schedule.limit.Turn;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FreeLanesTest {
    private final Random random = new Random(1);

    /** Whose place is another one each time, as under a limiter that other models keep busy. */
    private final class RestlessTurn implements Turn {
        @Override
        public RateLimiter limiter() {
            return RateLimiter.OFF;
        }

        @Override
        public long order() {
            return random.nextLong();
        }

        @Override
        public void onGranted(Runnable wake) {}

        @Override
        public boolean ask() {
            return true;
        }

        @Override
        public void withdraw() {}

        @Override
        public void done() {}

        @Override
        public void close() {}
    }

    private static final class NoInstance implements ModelInstance {
        @Override
        public void execute(Batch batch) {}

        @Override
        public void close() {}
    }

    @Test
    void findsAnInstanceAlthoughTheirPlacesMoveMeanwhile() {
        FreeLanes free = new FreeLanes(
                Stream.generate(RestlessTurn::new)
                        .limit(256)
                        .map(turn -> new Lane("i", new NoInstance(), Runnable::run, () -> {}, true, turn))
                        .toList(),
                true);
        for (int i = 0; i < 100; i++) {
            assertThat(free.startable()).isPresent();
        }
    }
}
