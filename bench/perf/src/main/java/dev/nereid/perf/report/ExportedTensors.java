package dev.nereid.perf.report;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.nereid.perf.data.ElementType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Tensors as perf_analyzer's export has them, whatever their shape: one number alone, several as a flat list, strings as
 * one text (the bytes behind the first length), and none as an empty text.
 */
final class ExportedTensors {
    /** The datatype of texts that are no tensors. */
    static final String JSON = "JSON";

    private ExportedTensors() {}

    /** Writes a value; null for a datatype that is not known. */
    static void write(JsonGenerator to, String datatype, ByteBuffer content) throws IOException {
        ByteBuffer from = content.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        if (!from.hasRemaining() || datatype.equals(JSON)) {
            text(to, from);
            return;
        }
        ElementType type;
        try {
            type = ElementType.of(datatype);
        } catch (IllegalArgumentException _) {
            to.writeNull();
            return;
        }
        if (type == ElementType.BYTES) {
            text(to, from.position(Math.min(from.limit(), from.position() + Integer.BYTES)));
        } else if (from.remaining() == type.bytes()) {
            number(to, type.next(from));
        } else {
            to.writeStartArray();
            while (from.remaining() >= type.bytes()) {
                number(to, type.next(from));
            }
            to.writeEndArray();
        }
    }

    private static void text(JsonGenerator to, ByteBuffer from) throws IOException {
        to.writeString(StandardCharsets.UTF_8.decode(from).toString());
    }

    /** Floats with the digits of the double that they are. */
    private static void number(JsonGenerator to, Object value) throws IOException {
        to.writePOJO(value instanceof Float single ? (Object) (double) single : value);
    }
}
