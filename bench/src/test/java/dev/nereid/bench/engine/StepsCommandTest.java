package dev.nereid.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StepsCommandTest {
    @Test
    void boxesAreManyBytesForTheTimeThatTheyTake() {
        assertThat(StepsCommand.hasBoxes(545 << 10, 60)).isTrue();
        assertThat(StepsCommand.hasBoxes(136 << 10, 16)).isTrue();
        // A large convolution makes some objects a band.
        assertThat(StepsCommand.hasBoxes(87 << 10, 31_782)).isFalse();
        // A step of few microseconds makes some for its shapes.
        assertThat(StepsCommand.hasBoxes(15 << 10, 6)).isFalse();
    }
}
