package dev.nereid.perf.client;

import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** Messages as bytes: requests are encoded before a load starts, and answers are only counted. */
final class RawMessages {
    /** Sends bytes as they are; reads nothing. */
    static final Marshaller<byte[]> BYTES = new Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
            return new KnownStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    /** Reads to the end and keeps the number of bytes. */
    static final Marshaller<Integer> LENGTH = new Marshaller<>() {
        @Override
        public InputStream stream(Integer value) {
            throw new UnsupportedOperationException("lengths are only received");
        }

        @Override
        public Integer parse(InputStream stream) {
            try {
                return (int) stream.skip(Integer.MAX_VALUE);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    };

    private RawMessages() {}

    private static final class KnownStream extends ByteArrayInputStream implements KnownLength {
        KnownStream(byte[] bytes) {
            super(bytes);
        }
    }
}
