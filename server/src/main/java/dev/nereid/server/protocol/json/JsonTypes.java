package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import java.util.EnumSet;
import java.util.Set;

/** Which datatypes JSON may carry. */
final class JsonTypes {
    /** Triton takes and sends these as binary data alone. */
    private static final Set<DataType> HALVES = EnumSet.of(DataType.FP16, DataType.BF16);

    private JsonTypes() {}

    /** Refuses the data of an input that the dialect has no JSON for. */
    static void checkRead(DataType type, String input, Dialect dialect) {
        if (dialect == Dialect.TRITON && HALVES.contains(type)) {
            throw InferException.invalid("receiving " + type.protocolName()
                    + " data via JSON is not supported. Please use the binary data format for input " + input);
        }
    }

    /** Refuses to write a datatype that the dialect has no JSON for. */
    static void checkWritten(DataType type, Dialect dialect) {
        if (dialect == Dialect.TRITON && HALVES.contains(type)) {
            throw notWritten(type);
        }
    }

    static InferException notWritten(DataType type) {
        return InferException.invalid("sending " + type.protocolName()
                + " data via JSON is not supported. Please use the binary data format for output");
    }
}
