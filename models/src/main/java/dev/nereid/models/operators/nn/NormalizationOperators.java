package dev.nereid.models.operators.nn;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.models.operators.Trait;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Set;

/** The list of the operators that normalise, and of Dropout. */
final class NormalizationOperators {
    private NormalizationOperators() {}

    static List<Entry> all() {
        return List.of(
                Entry.of("BatchNormalization", 1, new BatchNormalization()).taking(DataTypes.FLOATS),
                Entry.of("InstanceNormalization", 1, new GroupNormalization(true))
                        .taking(DataTypes.FLOATS),
                Entry.of("dev.nereid", "ChannelsLastInstanceNormalization", 1, new ChannelsLastInstanceNormalization())
                        .taking(Set.of(DataType.FP32)),
                Entry.of("GroupNormalization", 18, new GroupNormalization(false))
                        .taking(DataTypes.FLOATS),
                Entry.of("LayerNormalization", 1, new LayerNormalization(false))
                        .taking(DataTypes.FLOATS)
                        .alike(0, 1, 2),
                Entry.of("dev.nereid", "FusedLayerNormalization", 1, new LayerNormalization(true))
                        .taking(DataTypes.FLOATS)
                        .alike(0, 1, 2, 3),
                Entry.of("RMSNormalization", 23, new RmsNormalization())
                        .taking(DataTypes.FLOATS)
                        .taking(1, DataTypes.FLOATS),
                Entry.of("MeanVarianceNormalization", 9, new MeanVarianceNormalization())
                        .taking(DataTypes.FLOATS),
                Entry.of("LpNormalization", 1, new LpNormalization()).taking(DataTypes.FLOATS),
                Entry.of("LRN", 1, new LocalResponseNormalization()).taking(DataTypes.FLOATS),
                Entry.of("Dropout", 1, new Dropout()).taking(DataTypes.FLOATS).with(Trait.COPY),
                Entry.of("Dropout", 22, new Dropout())
                        .taking(DataTypes.FLOATS_AND_FLOAT8)
                        .with(Trait.COPY));
    }
}
