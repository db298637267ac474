package dev.nereid.models.operators.random;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.Tensor;
import java.util.random.RandomGenerator;

/** How the numbers of a random tensor are distributed. */
enum Distribution {
    /** Gaussian, with the attributes mean and scale (the standard deviation). */
    NORMAL {
        @Override
        Draw of(Attributes attributes) {
            double mean = attributes.real("mean", 0f);
            double scale = attributes.real("scale", 1f);
            return (random, y, i) -> ScalarElements.setReal(y, i, mean + scale * random.nextGaussian());
        }
    },
    /** Equally likely in [low, high). */
    UNIFORM {
        @Override
        Draw of(Attributes attributes) {
            double low = attributes.real("low", 0f);
            double high = attributes.real("high", 1f);
            if (!(low <= high) || Double.isInfinite(high - low)) {
                throw new ModelFormatException(
                        "attributes 'low' and 'high': expected a finite range, got " + low + " to " + high);
            }
            return (random, y, i) -> {
                ScalarElements.setReal(y, i, low + (high - low) * random.nextDouble());
                // Rounding to a narrow datatype may reach the bound that does not belong to the range.
                if (ScalarElements.real(y, i) >= high) {
                    ScalarElements.setReal(y, i, low);
                }
            };
        }
    };

    /** Draws one element. */
    @FunctionalInterface
    interface Draw {
        void into(RandomGenerator random, Tensor y, long index);
    }

    /** The distribution that a node's attributes describe. */
    abstract Draw of(Attributes attributes);
}
