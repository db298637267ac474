package dev.nereid.models.operators.random;

import dev.nereid.models.graph.Attributes;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Where the random numbers of a node come from.
 *
 * @param seed every run draws the same numbers; without one each run draws others
 */
record RandomStream(Optional<Float> seed) {
    static RandomStream of(Attributes attributes) {
        return new RandomStream(attributes.real("seed"));
    }

    /** The numbers of one run. */
    RandomGenerator start() {
        return seed.map(number -> new SplittableRandom(Float.floatToIntBits(number)))
                .orElseGet(SplittableRandom::new);
    }
}
