package dev.nereid.models.operators.nn;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The list of the pooling operators. */
final class PoolingOperators {
    /** The domain of operators that only passes emit. */
    private static final String FUSED = "dev.nereid";

    private static final Set<DataType> FP32 = Set.of(DataType.FP32);

    private static final Set<DataType> FLOATS_AND_BYTES = Stream.concat(
                    DataTypes.FLOATS.stream(), Stream.of(DataType.INT8, DataType.UINT8))
            .collect(Collectors.toUnmodifiableSet());

    private PoolingOperators() {}

    /** Every pooling operator with its versions. */
    static List<Entry> all() {
        return List.of(
                Entry.of("MaxPool", 1, new MaxPool(false)).taking(FLOATS_AND_BYTES),
                Entry.of("GlobalMaxPool", 1, new MaxPool(true)).taking(DataTypes.FLOATS),
                Entry.of("AveragePool", 1, new ReducingPool(ReducingPool.Kind.MEAN, false))
                        .taking(DataTypes.FLOATS),
                Entry.of("GlobalAveragePool", 1, new ReducingPool(ReducingPool.Kind.MEAN, true))
                        .taking(DataTypes.FLOATS),
                Entry.of("LpPool", 1, new ReducingPool(ReducingPool.Kind.NORM, false))
                        .taking(DataTypes.FLOATS),
                Entry.of("GlobalLpPool", 1, new ReducingPool(ReducingPool.Kind.NORM, true))
                        .taking(DataTypes.FLOATS),
                Entry.of(FUSED, "ChannelsLastMaxPool", 1, new ChannelsLastPool(ChannelsLastPool.Kind.MAX))
                        .taking(FP32),
                Entry.of(FUSED, "ChannelsLastAveragePool", 1, new ChannelsLastPool(ChannelsLastPool.Kind.MEAN))
                        .taking(FP32),
                Entry.of("MaxUnpool", 9, new MaxUnpool())
                        .taking(DataTypes.FLOATS)
                        .taking(1, Set.of(DataType.INT64)));
    }
}
