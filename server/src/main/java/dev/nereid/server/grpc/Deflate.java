package dev.nereid.server.grpc;

import io.grpc.Codec;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/** gRPC's message encoding {@code deflate}, which is zlib's format (RFC 1950); the library has only {@code gzip}. */
final class Deflate implements Codec {
    static final String NAME = "deflate";

    @Override
    public String getMessageEncoding() {
        return NAME;
    }

    @Override
    public InputStream decompress(InputStream stream) {
        return new InflaterInputStream(stream);
    }

    @Override
    public OutputStream compress(OutputStream stream) {
        return new DeflaterOutputStream(stream);
    }
}
