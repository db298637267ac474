package dev.nereid.server.grpc;

import io.grpc.Compressor;
import java.io.OutputStream;
import java.util.zip.DeflaterOutputStream;

/** gRPC's message encoding {@code deflate}, which is zlib's format (RFC 1950); the library has only {@code gzip}. */
final class Deflate implements Compressor {
    static final String NAME = "deflate";

    @Override
    public String getMessageEncoding() {
        return NAME;
    }

    @Override
    public OutputStream compress(OutputStream stream) {
        return new DeflaterOutputStream(stream);
    }
}
