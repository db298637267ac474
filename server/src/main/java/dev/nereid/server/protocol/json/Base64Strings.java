package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import java.util.Base64;
import java.util.Optional;

/**
 * BYTES as base64 (RFC 4648, section 4) in JSON, of which JSON's own strings can only carry what is UTF-8: for inputs and
 * outputs whose parameters ask for it.
 */
final class Base64Strings {
    /** Boolean, of an input given as JSON, of a requested output, and of the output in the answer. */
    static final String PARAMETER = "nereid_base64";

    private Base64Strings() {}

    /** Whether the parameters of a tensor ask for it. */
    static boolean wanted(JsonValue parameters) {
        Optional<JsonValue> asked = parameters.find(PARAMETER);
        return asked.isPresent() && JsonErrors.parsing(PARAMETER, asked.get()::asBool);
    }

    /** Refuses base64 for what is no JSON string. */
    static void check(String tensor, DataType type) {
        if (type != DataType.STRING) {
            throw InferException.invalid(
                    "'" + PARAMETER + "' of '" + tensor + "': expected datatype BYTES, got " + type.protocolName());
        }
    }

    /** Decodes the elements of an input in their place. */
    static byte[][] decode(String input, byte[][] elements) {
        for (int i = 0; i < elements.length; i++) {
            try {
                elements[i] = Base64.getDecoder().decode(elements[i]);
            } catch (IllegalArgumentException e) {
                throw new InferException(
                        InferException.Code.INVALID_ARG,
                        "element " + i + " of input '" + input + "' is no base64: " + e.getMessage(),
                        e);
            }
        }
        return elements;
    }

    /** Writes elements as values that follow each other. */
    static void write(JsonWriter json, byte[][] elements, long count) {
        for (int i = 0; i < count; i++) {
            json.string(Base64.getEncoder().encode(elements[i]));
        }
    }
}
