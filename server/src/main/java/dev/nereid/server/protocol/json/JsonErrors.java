package dev.nereid.server.protocol.json;

import dev.nereid.server.protocol.InferException;
import java.util.function.Supplier;

/** Says in an error's text which field it is about. */
final class JsonErrors {
    private JsonErrors() {}

    /** Reads a field; its errors begin with {@code Unable to parse '<field>': }. */
    static <T> T parsing(String field, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (InferException e) {
            throw new InferException(e.code(), "Unable to parse '" + field + "': " + e.text(), e);
        }
    }

    /** Reads something; its errors begin with {@code prefix}. */
    static <T> T within(String prefix, Supplier<T> reading) {
        try {
            return reading.get();
        } catch (InferException e) {
            throw new InferException(e.code(), prefix + e.text(), e);
        }
    }
}
