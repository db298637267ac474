package dev.nereid.server.http;

import dev.nereid.server.protocol.InferException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Optional;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.InflaterInputStream;

/** The content codings of inference bodies: gzip and deflate (that is zlib). */
enum Compression {
    GZIP("gzip") {
        @Override
        byte[] finish(byte[] compressed) {
            compressed[SYSTEM_BYTE] = UNIX;
            return compressed;
        }

        @Override
        InputStream decompress(InputStream body) throws IOException {
            return new GZIPInputStream(body);
        }

        @Override
        OutputStream compress(OutputStream target) throws IOException {
            return new GZIPOutputStream(target);
        }
    },
    DEFLATE("deflate") {
        @Override
        InputStream decompress(InputStream body) {
            return new InflaterInputStream(body);
        }

        @Override
        OutputStream compress(OutputStream target) {
            return new DeflaterOutputStream(target);
        }
    };

    /** Of a gzip header: which system's conventions file names follow, see RFC 1952. */
    private static final int SYSTEM_BYTE = 9;

    private static final byte UNIX = 3;

    private static final String IDENTITY = "identity";

    private final String coding;

    Compression(String coding) {
        this.coding = coding;
    }

    String coding() {
        return coding;
    }

    abstract InputStream decompress(InputStream body) throws IOException;

    abstract OutputStream compress(OutputStream target) throws IOException;

    /** Writes something through this coding into memory. */
    byte[] apply(Writing writing) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream compressed = compress(bytes)) {
            writing.writeTo(compressed);
        } catch (IOException e) {
            throw new IllegalStateException("compressing in memory failed", e);
        }
        return finish(bytes.toByteArray());
    }

    /** Puts into the header what the library leaves open. */
    byte[] finish(byte[] compressed) {
        return compressed;
    }

    /** Something that can be written. */
    @FunctionalInterface
    interface Writing {
        void writeTo(OutputStream stream) throws IOException;
    }

    /** What a request's Content-Encoding means; empty for none. */
    static Optional<Compression> ofContentEncoding(String value) {
        if (value.isEmpty() || value.equals(IDENTITY)) {
            return Optional.empty();
        }
        return Optional.of(
                byCoding(value).orElseThrow(() -> InferException.unsupported("Unsupported compression type")));
    }

    /** The coding that a client prefers: the one of the greatest weight, the first of equals; empty for none. */
    static Optional<Compression> ofAcceptEncoding(String value) {
        double best = 0;
        Optional<Compression> chosen = Optional.empty();
        for (String element : value.split(",", -1)) {
            String[] parts = element.strip().split(";", -1);
            String coding = parts[0].strip();
            Optional<Compression> compression = byCoding(coding);
            double weight = weight(parts);
            if (weight > best && (compression.isPresent() || coding.equals(IDENTITY))) {
                best = weight;
                chosen = compression;
            }
        }
        return chosen;
    }

    private static double weight(String[] parts) {
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.startsWith("q=")) {
                try {
                    return Double.parseDouble(parameter.substring(2));
                } catch (NumberFormatException e) {
                    return 0;
                }
            }
        }
        return 1;
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
