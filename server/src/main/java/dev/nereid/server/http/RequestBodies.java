package dev.nereid.server.http;

import dev.nereid.server.protocol.BodyReadException;
import dev.nereid.server.protocol.BodyStream;
import dev.nereid.server.protocol.InferException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalLong;

/** Reads request bodies within the configured limits. */
final class RequestBodies {
    private static final int CHUNK = 64 << 10;

    private final HttpLimits limits;

    RequestBodies(HttpLimits limits) {
        this.limits = limits;
    }

    /**
     * Refuses a body whose end is not certain: who sees another one, such as a proxy in front, takes something else for the
     * next request.
     *
     * @throws BodyReadException for anything but one number, or none
     */
    static void checkFraming(Exchange exchange) {
        List<String> lengths = exchange.contentLengths();
        if (lengths.size() > 1 || (lengths.size() == 1 && !isNumber(lengths.getFirst()))) {
            throw new BodyReadException(
                    "expected one Content-Length that is a number, got " + String.join(" and ", lengths));
        }
    }

    private static boolean isNumber(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** Refuses a body by the length that the request claims, before anything of it is read. */
    void refuseOversized(Exchange exchange) {
        OptionalLong length = exchange.contentLength();
        if (length.isPresent() && length.getAsLong() > limits.mostBodyBytes()) {
            throw InferException.invalid("request body of " + length.getAsLong()
                    + " bytes exceeds the maximum allowed size of " + limits.mostBodyBytes() + " bytes");
        }
    }

    /**
     * Reads what is left of a body and keeps nothing of it: all of one whose length the request says, for its client would
     * not see an answer before; of chunks, which may never end, as much as the largest body has.
     *
     * @return whether that was all of it
     */
    boolean discard(Exchange exchange) {
        try {
            if (exchange.body().read() < 0) { // mostly only its end is left
                return true;
            }
            byte[] chunk = new byte[CHUNK];
            long most = exchange.contentLength().orElse(limits.mostBodyBytes());
            long read = 1;
            while (read <= most) {
                int count = exchange.body().read(chunk);
                if (count < 0) {
                    return true;
                }
                read += count;
            }
            return false;
        } catch (IOException | RuntimeException e) {
            throw new BodyReadException("the request's body cannot be read: " + e.getMessage(), e);
        }
    }

    /** The whole body as bytes: for documents, which may be as large as one input. */
    byte[] whole(Exchange exchange) {
        if (!exchange.hasBody()) {
            return new byte[0];
        }
        OptionalLong length = exchange.contentLength();
        if (length.isPresent()) {
            checkInput(length.getAsLong());
            return new BodyStream(exchange.body(), length.getAsLong()).readBytes((int) length.getAsLong());
        }
        return readAll(exchange.body());
    }

    /** The body as it arrives, or as a whole where its length is only known at its end. */
    BodyStream stream(Exchange exchange) {
        OptionalLong length = exchange.contentLength();
        if (exchange.hasBody() && length.isPresent()) {
            return new BodyStream(exchange.body(), length.getAsLong());
        }
        return BodyStream.of(whole(exchange));
    }

    /** Reads to the end of a stream whose length nobody knows. */
    byte[] readAll(InputStream stream) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK];
        try {
            for (int read = stream.read(chunk); read >= 0; read = stream.read(chunk)) {
                checkInput((long) bytes.size() + read); // before the buffer grows for what is not wanted
                bytes.write(chunk, 0, read);
            }
        } catch (InferException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new BodyReadException("the request's body cannot be read: " + e.getMessage(), e);
        }
        return bytes.toByteArray();
    }

    private void checkInput(long bytes) {
        long most = Math.min(limits.mostInputBytes(), Integer.MAX_VALUE - 8);
        if (bytes > most) {
            throw InferException.invalid("request JSON size of " + bytes
                    + " bytes exceeds the maximum allowed input size of " + most
                    + " bytes. Use --http-max-input-size to increase the limit.");
        }
    }
}
