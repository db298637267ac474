package dev.nereid.server.protocol;

import java.nio.charset.StandardCharsets;

/** Names the sequence that a request belongs to. Numbers and strings are different ids; numbers come first in their order. */
public sealed interface CorrelationId extends Comparable<CorrelationId> {
    /** An unsigned 64-bit number; 0 means no sequence. */
    record Numeric(long value) implements CorrelationId {
        @Override
        public String text() {
            return Long.toUnsignedString(value);
        }

        @Override
        public int compareTo(CorrelationId other) {
            return other instanceof Numeric(long number) ? Long.compare(value, number) : -1;
        }
    }

    /** A string of at most 128 bytes; empty means no sequence. */
    record Textual(String value) implements CorrelationId {
        private static final int MOST_BYTES = 128;

        /** @throws InferException (UNSUPPORTED) if it is longer */
        public Textual {
            if (value.length() > MOST_BYTES || value.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
                throw InferException.unsupported(
                        "string correlation ID cannot be longer than " + MOST_BYTES + " characters");
            }
        }

        @Override
        public String text() {
            return value;
        }

        @Override
        public int compareTo(CorrelationId other) {
            return other instanceof Textual(String text) ? value.compareTo(text) : 1;
        }
    }

    CorrelationId NONE = new Numeric(0);

    /** The id as messages name it. */
    String text();
}
