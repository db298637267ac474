package dev.nereid.models.operators.recurrent;

import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Set;

/** The list of the recurrent operators. */
public final class RecurrentOperators {
    private RecurrentOperators() {}

    /** Every recurrent operator with its versions. */
    public static List<Entry> all() {
        return List.of(
                layer("RNN", RecurrentKind.RNN),
                layer("GRU", RecurrentKind.GRU),
                layer("LSTM", RecurrentKind.LSTM),
                Entry.of("dev.nereid", "QuantizedLSTM", 1, new QuantizedLstm())
                        .taking(LayerTensors.X, Set.of(DataType.FP32))
                        .taking(LayerTensors.W, Set.of(DataType.INT8, DataType.UINT8))
                        .taking(LayerTensors.R, Set.of(DataType.INT8, DataType.UINT8))
                        .noting("the input of each step is rounded to bytes"));
    }

    /** One row for all versions: what they add are attributes whose absence means what was before. */
    private static Entry layer(String name, RecurrentKind kind) {
        return Entry.of(name, 1, new Recurrent(kind))
                .taking(DataTypes.FLOATS)
                .taking(LayerTensors.LENGTHS, Set.of(DataType.INT32));
    }
}
