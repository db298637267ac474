package dev.nereid.perf.client;

import io.grpc.Codec;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/** gRPC's {@code deflate}, which is zlib's format and which the library does not bring. */
final class DeflateCodec implements Codec {
    @Override
    public String getMessageEncoding() {
        return "deflate";
    }

    @Override
    public OutputStream compress(OutputStream to) {
        return new DeflaterOutputStream(to);
    }

    @Override
    public InputStream decompress(InputStream from) {
        return new InflaterInputStream(from);
    }
}
