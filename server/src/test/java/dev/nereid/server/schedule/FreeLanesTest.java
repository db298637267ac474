package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.schedule.limit.FreeTurn;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FreeLanesTest {
    private final Random random = new Random(1);

    /** Whose place is another one each time, as under a limiter that other models keep busy. */
    private final class RestlessTurn extends FreeTurn {
        @Override
        public long order() {
            return random.nextLong();
        }
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
