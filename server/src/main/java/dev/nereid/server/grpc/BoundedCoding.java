package dev.nereid.server.grpc;

import dev.nereid.server.protocol.InferException;
import io.grpc.Decompressor;
import io.grpc.DecompressorRegistry;
import io.grpc.KnownLength;
import io.grpc.Status;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/**
 * A message coding, with a bound on what may come out: a message whose bytes were all sent may be as large as messages get, but
 * a few of them must not become gigabytes in the server's memory. Any thread.
 */
enum BoundedCoding implements Decompressor {
    GZIP("gzip") {
        @Override
        InputStream open(InputStream compressed) throws IOException {
            return new GZIPInputStream(compressed);
        }
    },
    DEFLATE(Deflate.NAME) {
        @Override
        InputStream open(InputStream compressed) {
            return new InflaterInputStream(compressed);
        }
    };

    /** What every message may inflate to: as much as an input of HTTP may have. */
    static final long ALWAYS_BYTES = 64L << 20;

    /** Bytes that may come out of one beyond that. Real tensors give up to some tens. */
    static final long MOST_RATIO = 100;

    private final String encoding;

    BoundedCoding(String encoding) {
        this.encoding = encoding;
    }

    /** All of them, and messages without a coding. */
    static DecompressorRegistry registry() {
        DecompressorRegistry registry = DecompressorRegistry.getDefaultInstance();
        for (BoundedCoding coding : values()) {
            registry = registry.with(coding, true);
        }
        return registry;
    }

    /** What comes out, without a bound. */
    abstract InputStream open(InputStream compressed) throws IOException;

    @Override
    public String getMessageEncoding() {
        return encoding;
    }

    @Override
    public InputStream decompress(InputStream compressed) throws IOException {
        long length = compressed instanceof KnownLength ? compressed.available() : 0;
        return new Inflated(compressed, length, Math.max(ALWAYS_BYTES, MOST_RATIO * length));
    }

    /** What comes out, opened when it is read first: only there may an error be thrown that is the call's own. */
    private final class Inflated extends InputStream {
        private final InputStream compressed;
        private final long compressedBytes;
        private final long mostBytes;
        private Optional<InputStream> opened = Optional.empty();
        private long bytes;

        private Inflated(InputStream compressed, long compressedBytes, long mostBytes) {
            this.compressed = compressed;
            this.compressedBytes = compressedBytes;
            this.mostBytes = mostBytes;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int count) {
            int read;
            try {
                if (opened.isEmpty()) {
                    opened = Optional.of(open(compressed));
                }
                read = opened.get().read(target, offset, count);
            } catch (IOException e) {
                throw Status.INTERNAL
                        .withDescription("the " + encoding + " message cannot be inflated: " + e.getMessage())
                        .withCause(e)
                        .asRuntimeException();
            }
            bytes += Math.max(read, 0);
            take(Math.max(read, 0));
            if (bytes > mostBytes) {
                throw Status.RESOURCE_EXHAUSTED
                        .withDescription("the " + encoding + " message of " + compressedBytes
                                + " bytes inflates to more than " + mostBytes + " bytes")
                        .asRuntimeException();
            }
            return read;
        }

        /** What comes out is on the heap beside what came in. */
        private void take(int count) {
            try {
                CallMemory.current().takeForRequest(count);
            } catch (InferException e) {
                throw Status.RESOURCE_EXHAUSTED
                        .withDescription(e.text())
                        .withCause(e)
                        .asRuntimeException();
            }
        }

        @Override
        public void close() throws IOException {
            if (opened.isPresent()) {
                opened.get().close();
            } else {
                compressed.close();
            }
        }
    }
}
