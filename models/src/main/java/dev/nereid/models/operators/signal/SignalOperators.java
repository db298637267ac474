package dev.nereid.models.operators.signal;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.OperatorSet.Entry;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Set;

/** The list of the operators on signals. */
public final class SignalOperators {
    private SignalOperators() {}

    /** Every operator on signals with its versions. */
    public static List<Entry> all() {
        return List.of(
                Entry.of("DFT", 17, new Dft(false)).taking(DataTypes.FLOATS).taking(1, DataTypes.INDICES),
                Entry.of("DFT", 20, new Dft(true))
                        .taking(DataTypes.FLOATS)
                        .taking(1, DataTypes.INDICES)
                        .taking(2, DataTypes.INDICES),
                Entry.of("STFT", 17, new Stft())
                        .taking(DataTypes.FLOATS)
                        .taking(1, DataTypes.INDICES)
                        .taking(2, DataTypes.FLOATS)
                        .taking(3, DataTypes.INDICES),
                Entry.of("com.microsoft", "DynamicTimeWarping", 1, new DynamicTimeWarping())
                        .taking(Set.of(DataType.FP32)),
                window("BlackmanWindow", WindowFunction.BLACKMAN),
                window("HammingWindow", WindowFunction.HAMMING),
                window("HannWindow", WindowFunction.HANN),
                Entry.of("MelWeightMatrix", 17, new MelWeightMatrix())
                        .taking(0, DataTypes.INDICES)
                        .taking(1, DataTypes.INDICES)
                        .taking(2, DataTypes.INDICES)
                        .taking(3, DataTypes.FLOATS)
                        .taking(4, DataTypes.FLOATS));
    }

    private static Entry window(String name, Operator operator) {
        return Entry.of(name, 17, operator).taking(DataTypes.INDICES);
    }

    /** @throws ModelFormatException if an attribute names a type that is no number */
    static void requireNumber(DataType type, String attribute) {
        if (!DataTypes.NUMBERS.contains(type)) {
            throw new ModelFormatException(attribute + ": expected a type of numbers, got " + type);
        }
    }
}
