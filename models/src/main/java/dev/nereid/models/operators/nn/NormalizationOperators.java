package dev.nereid.models.operators.nn;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the operators that normalise, and of Dropout. */
final class NormalizationOperators {
    private NormalizationOperators() {}

    static List<Entry> all() {
        return List.of(
                Entry.of("BatchNormalization", 1, new BatchNormalization()),
                Entry.of("InstanceNormalization", 1, new GroupNormalization(true)),
                Entry.of("GroupNormalization", 18, new GroupNormalization(false)),
                Entry.of("LayerNormalization", 1, new LayerNormalization(false)),
                Entry.of("dev.nereid", "FusedLayerNormalization", 1, new LayerNormalization(true)),
                Entry.of("RMSNormalization", 23, new RmsNormalization()),
                Entry.of("MeanVarianceNormalization", 9, new MeanVarianceNormalization()),
                Entry.of("LpNormalization", 1, new LpNormalization()),
                Entry.of("LRN", 1, new LocalResponseNormalization()),
                Entry.of("Dropout", 1, new Dropout()));
    }
}
