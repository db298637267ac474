package dev.nereid.models.operators.random;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the operators that draw random numbers. */
public final class RandomOperators {
    private static final String NOTE =
            "the numbers of a seed are the same in every run, but not those of other engines";

    private RandomOperators() {}

    /** Every random operator with its versions. */
    public static List<Entry> all() {
        return List.of(
                Entry.of("RandomNormal", 1, new RandomTensor(Distribution.NORMAL, false))
                        .noting(NOTE),
                Entry.of("RandomUniform", 1, new RandomTensor(Distribution.UNIFORM, false))
                        .noting(NOTE),
                Entry.of("RandomNormalLike", 1, new RandomTensor(Distribution.NORMAL, true))
                        .noting(NOTE),
                Entry.of("RandomUniformLike", 1, new RandomTensor(Distribution.UNIFORM, true))
                        .noting(NOTE),
                Entry.of("Bernoulli", 15, new Bernoulli())
                        .taking(DataTypes.FLOATS)
                        .noting(NOTE),
                Entry.of("Multinomial", 7, new Multinomial())
                        .taking(DataTypes.FLOATS)
                        .noting(NOTE));
    }
}
