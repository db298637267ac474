package dev.nereid.server.protocol;

/** Names the sequence that a request belongs to. Numbers and strings are different ids. */
public sealed interface CorrelationId {
    /** An unsigned 64-bit number; 0 means no sequence. */
    record Numeric(long value) implements CorrelationId {
        @Override
        public String text() {
            return Long.toUnsignedString(value);
        }
    }

    /** A string of at most 128 characters; empty means no sequence. */
    record Textual(String value) implements CorrelationId {
        @Override
        public String text() {
            return value;
        }
    }

    CorrelationId NONE = new Numeric(0);

    /** The id as messages name it. */
    String text();
}
