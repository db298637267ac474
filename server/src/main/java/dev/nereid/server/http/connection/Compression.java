package dev.nereid.server.http.connection;

import dev.nereid.server.protocol.CooperativeYield;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;

/** The content codings of inference bodies: gzip and deflate (that is zlib). */
public enum Compression {
    GZIP("gzip") {
        @Override
        byte[] finish(byte[] compressed) {
            compressed[SYSTEM_BYTE] = UNIX;
            return compressed;
        }

        @Override
        OutputStream compress(OutputStream target) throws IOException {
            return new GZIPOutputStream(target);
        }
    },
    DEFLATE("deflate") {
        @Override
        OutputStream compress(OutputStream target) {
            return new DeflaterOutputStream(target);
        }
    };

    /** Of a gzip header: which system's conventions file names follow, see RFC 1952. */
    private static final int SYSTEM_BYTE = 9;

    private static final byte UNIX = 3;

    private static final String IDENTITY = "identity";
    private static final String WEIGHT = ";q=";

    private final String coding;

    Compression(String coding) {
        this.coding = coding;
    }

    public String coding() {
        return coding;
    }

    abstract OutputStream compress(OutputStream target) throws IOException;

    /**
     * Writes something through this coding into memory.
     *
     * @param memory what the request holds of the heap
     * @throws InferException if there is no memory for it
     */
    public byte[] apply(Writing writing, RequestBudget.Share memory) {
        ByteArrayOutputStream bytes = new CountedOutput(memory);
        try (OutputStream compressed = compress(bytes)) {
            writing.writeTo(new Paused(compressed));
        } catch (IOException e) {
            throw new IllegalStateException("compressing in memory failed", e);
        }
        return finish(bytes.toByteArray());
    }

    /** Pauses after each piece that was compressed. */
    private static final class Paused extends FilterOutputStream {
        private Paused(OutputStream target) {
            super(target);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            out.write(bytes, offset, count);
            CooperativeYield.pause();
        }
    }

    /** Puts into the header what the library leaves open. */
    byte[] finish(byte[] compressed) {
        return compressed;
    }

    /** Takes memory for what is written: the buffer, a larger one when it is full, and the copy of both at the end. */
    private static final class CountedOutput extends ByteArrayOutputStream {
        private static final int COPIES = 4;

        private final RequestBudget.Share memory;

        private CountedOutput(RequestBudget.Share memory) {
            this.memory = memory;
        }

        @Override
        public synchronized void write(byte[] source, int offset, int length) {
            memory.take((long) COPIES * length);
            super.write(source, offset, length);
        }
    }

    /** Something that can be written. */
    @FunctionalInterface
    public interface Writing {
        void writeTo(OutputStream stream) throws IOException;
    }

    /** What a request's Content-Encoding means; empty for none. */
    public static Optional<Compression> ofContentEncoding(String value) {
        if (value.isEmpty() || value.equals(IDENTITY)) {
            return Optional.empty();
        }
        return Optional.of(
                byCoding(value).orElseThrow(() -> InferException.unsupported("Unsupported compression type")));
    }

    /**
     * The coding that a client prefers: the one of the greatest weight, the first of equals; empty for none. As in Triton a
     * coding is what is written in front of {@code ;q=}, or all of an element, to the letter.
     */
    public static Optional<Compression> ofAcceptEncoding(String value) {
        double best = 0;
        Optional<Compression> chosen = Optional.empty();
        for (String element : value.split(",", -1)) {
            String stripped = element.stripLeading();
            int parameter = stripped.indexOf(WEIGHT);
            String coding = parameter < 0 ? stripped : stripped.substring(0, parameter);
            double weight = parameter < 0 ? 1 : weight(stripped.substring(parameter + WEIGHT.length()));
            Optional<Compression> compression = byCoding(coding);
            if (weight > best && (compression.isPresent() || coding.equals(IDENTITY))) {
                best = weight;
                chosen = compression;
            }
        }
        return chosen;
    }

    private static double weight(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static Optional<Compression> byCoding(String coding) {
        for (Compression compression : values()) {
            if (compression.coding.equals(coding)) {
                return Optional.of(compression);
            }
        }
        return Optional.empty();
    }
}
