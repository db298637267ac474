package dev.nereid.server.repository.validation;

import dev.nereid.server.protocol.InferException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Checks the content of BYTES inputs, element by element; the texts are Triton's. */
final class StringContent {
    private static final ValueLayout.OfInt LENGTH = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private StringContent() {}

    static void checkCount(RequestPrefix prefix, String input, String model, long count, long expected) {
        if (count > expected) {
            throw InferException.invalid(prefix + "unexpected number of string elements " + (expected + 1)
                    + " for inference input '" + input + "' for model '" + model + "', expecting " + expected);
        }
        if (count < expected) {
            throw InferException.invalid(prefix + "expected " + expected + " string elements for inference input '"
                    + input + "' for model '" + model + "', got " + count);
        }
    }

    /** Walks over the serialised elements without reading them. */
    static void check(RequestPrefix prefix, String input, String model, MemorySegment bytes, long expected) {
        long remaining = bytes.byteSize();
        long count = 0;
        while (remaining > 0) {
            if (remaining < Integer.BYTES) {
                throw InferException.invalid(prefix + "incomplete string length indicator for inference input '" + input
                        + "' for model '" + model + "', expecting 4 bytes but only " + remaining
                        + " bytes available. Please make sure the string length indicator is in one buffer.");
            }
            long length = Integer.toUnsignedLong(bytes.get(LENGTH, bytes.byteSize() - remaining));
            remaining -= Integer.BYTES;
            count++;
            if (count > expected) {
                checkCount(prefix, input, model, count, expected);
            }
            if (length > remaining) {
                checkCount(prefix, input, model, count, expected);
                throw InferException.invalidForModel("incomplete string data for inference input '" + input
                        + "', expecting string of length " + length + " but only " + remaining + " bytes available");
            }
            remaining -= length;
        }
        checkCount(prefix, input, model, count, expected);
    }
}
