package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.DataType;
import java.util.Map;
import java.util.Optional;

/** The numbers that PyTorch's code has for datatypes. Those of exported programs are others. */
public final class ScalarTypes {
    private static final Map<DataType, Long> NUMBERS = Map.ofEntries(
            Map.entry(DataType.UINT8, 0L),
            Map.entry(DataType.INT8, 1L),
            Map.entry(DataType.INT16, 2L),
            Map.entry(DataType.INT32, 3L),
            Map.entry(DataType.INT64, 4L),
            Map.entry(DataType.FP16, 5L),
            Map.entry(DataType.FP32, 6L),
            Map.entry(DataType.FP64, 7L),
            Map.entry(DataType.COMPLEX64, 9L),
            Map.entry(DataType.COMPLEX128, 10L),
            Map.entry(DataType.BOOL, 11L),
            Map.entry(DataType.BF16, 15L));

    /** Those of quantised tensors, to the datatypes of their steps. */
    private static final Map<Long, DataType> STEPS =
            Map.of(12L, DataType.INT8, 13L, DataType.UINT8, 14L, DataType.INT32);

    private ScalarTypes() {}

    /** The number of the datatype of a quantised tensor. */
    public static long numberOfQuantized(DataType steps) {
        return STEPS.entrySet().stream()
                .filter(entry -> entry.getValue() == steps)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() -> new ModelFormatException("PyTorch has no quantised datatype of " + steps));
    }

    /** The number of a datatype. */
    public static long number(DataType type) {
        return Optional.ofNullable(NUMBERS.get(type))
                .orElseThrow(() -> new ModelFormatException("PyTorch has no datatype " + type));
    }

    /** The datatype with a number; of quantised tensors that of their steps. */
    public static DataType ofNumber(long number) {
        DataType steps = STEPS.get(number);
        if (steps != null) {
            return steps;
        }
        return NUMBERS.entrySet().stream()
                .filter(entry -> entry.getValue() == number)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() ->
                        new ModelFormatException("the datatype with PyTorch's number " + number + " is not supported"));
    }
}
