package dev.nereid.models.operators.nn;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the pooling operators. */
final class PoolingOperators {
    private PoolingOperators() {}

    /** Every pooling operator with its versions. */
    static List<Entry> all() {
        return List.of(
                Entry.of("MaxPool", 1, new MaxPool(false)),
                Entry.of("GlobalMaxPool", 1, new MaxPool(true)),
                Entry.of("AveragePool", 1, new ReducingPool(ReducingPool.Kind.MEAN, false)),
                Entry.of("GlobalAveragePool", 1, new ReducingPool(ReducingPool.Kind.MEAN, true)),
                Entry.of("LpPool", 1, new ReducingPool(ReducingPool.Kind.NORM, false)),
                Entry.of("GlobalLpPool", 1, new ReducingPool(ReducingPool.Kind.NORM, true)),
                Entry.of("MaxUnpool", 9, new MaxUnpool()));
    }
}
