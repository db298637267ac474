package dev.nereid.spark;

import dev.nereid.engine.EngineException;
import dev.nereid.engine.RowTensor;
import dev.nereid.engine.RowValues;
import dev.nereid.engine.TensorSpec;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Reads the model's inputs from the columns of rows: numbers, booleans, strings, and arrays of them within arrays. */
final class InputColumns {

    private final List<TensorSpec> inputs;
    private final int[] columns;

    /** @param columns for each input the index of its column */
    InputColumns(List<TensorSpec> inputs, int[] columns) {
        this.inputs = inputs;
        this.columns = columns.clone();
    }

    /** @throws IllegalArgumentException if a value does not suit its input; names the input */
    List<RowTensor> tensors(Row row) {
        List<RowTensor> tensors = new ArrayList<>(columns.length);
        for (int i = 0; i < columns.length; i++) {
            try {
                tensors.add(tensor(inputs.get(i).dataType(), row.get(columns[i])));
            } catch (IllegalArgumentException | EngineException e) {
                throw new IllegalArgumentException("input " + inputs.get(i) + ": " + e.getMessage(), e);
            }
        }
        return tensors;
    }

    private static RowTensor tensor(DataType type, @Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException("the value is null");
        }
        if (value instanceof byte[] bytes && type != DataType.STRING) {
            return RowTensor.of(type, Shape.of(bytes.length / Math.max(type.bytes(), 1)), bytes);
        }
        return RowValues.tensor(type, Objects.requireNonNull(plain(value, type == DataType.UINT64)));
    }

    /** @param unsigned whether a negative number stands for the unsigned one of the same bits, as in columns of outputs */
    private static @Nullable Object plain(@Nullable Object value, boolean unsigned) {
        return switch (value) {
            case Seq<?> list -> {
                List<@Nullable Object> plain = new ArrayList<>(list.size());
                CollectionConverters.asJava(list).forEach(each -> plain.add(plain(each, unsigned)));
                yield plain;
            }
            case Long number when unsigned -> new BigInteger(Long.toUnsignedString(number));
            case null, default -> value;
        };
    }
}
