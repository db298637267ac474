package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/** Datatypes by their numbers in the files. */
final class TfliteTypes {
    private static final List<Optional<DataType>> TYPES = List.of(
            Optional.of(DataType.FP32),
            Optional.of(DataType.FP16),
            Optional.of(DataType.INT32),
            Optional.of(DataType.UINT8),
            Optional.of(DataType.INT64),
            Optional.of(DataType.STRING),
            Optional.of(DataType.BOOL),
            Optional.of(DataType.INT16),
            Optional.empty(),
            Optional.of(DataType.INT8),
            Optional.of(DataType.FP64),
            Optional.empty(),
            Optional.of(DataType.UINT64),
            Optional.empty(),
            Optional.empty(),
            Optional.of(DataType.UINT32),
            Optional.of(DataType.UINT16),
            Optional.empty(),
            Optional.of(DataType.BF16));

    private static final List<String> NAMES = List.of(
            "FLOAT32",
            "FLOAT16",
            "INT32",
            "UINT8",
            "INT64",
            "STRING",
            "BOOL",
            "INT16",
            "COMPLEX64",
            "INT8",
            "FLOAT64",
            "COMPLEX128",
            "UINT64",
            "RESOURCE",
            "VARIANT",
            "UINT32",
            "UINT16",
            "INT4",
            "BFLOAT16");

    private TfliteTypes() {}

    /**
     * The engine's type.
     *
     * @throws ModelFormatException if it has none
     */
    static DataType of(int number) {
        if (number < 0 || number >= TYPES.size()) {
            throw new ModelFormatException("the datatype number " + number + " is not known");
        }
        return TYPES.get(number)
                .orElseThrow(() -> new ModelFormatException("tensors of " + NAMES.get(number) + " are not supported"));
    }
}
