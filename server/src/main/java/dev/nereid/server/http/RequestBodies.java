package dev.nereid.server.http;

import dev.nereid.server.http.connection.HttpLimits;
import dev.nereid.server.http.connection.InflatedBody;
import dev.nereid.server.protocol.BodyReadException;
import dev.nereid.server.protocol.BodyStream;
import dev.nereid.server.protocol.CooperativeYield;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import io.helidon.http.HeaderNames;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** Reads request bodies within the configured limits. */
public final class RequestBodies {
    private static final int CHUNK = 64 << 10;

    /** The most chunks with data that a body may have, as in Triton. */
    private static final int MOST_CHUNKS = 65_536;

    private final HttpLimits limits;

    public RequestBodies(HttpLimits limits) {
        this.limits = limits;
    }

    /** Refuses a body by the length that the request claims, before anything of it is read. */
    void refuseOversized(Exchange exchange) {
        long length = exchange.contentLength().orElse(0);
        if (length > limits.mostBodyBytes()
                && exchange.header(InferenceHeader.NAME).isEmpty()) {
            checkInput(length); // it can only be a document, for which Triton has a text
        }
        checkBody(length);
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
            throw unreadable(e);
        }
    }

    /** The whole body as bytes: for documents, which may be as large as one input. */
    public byte[] whole(Exchange exchange) {
        if (!exchange.hasBody()) {
            return new byte[0];
        }
        OptionalLong length = exchange.contentLength();
        if (length.isPresent()) {
            checkInput(length.getAsLong());
            return new BodyStream(exchange.body(), length.getAsLong(), exchange.memory())
                    .readBytes((int) length.getAsLong());
        }
        return readAll(limited(exchange), exchange.memory());
    }

    /**
     * The whole body, inflated if its {@code Content-Encoding} names gzip; other codings are taken for none.
     *
     * @throws InferException if it is larger than a document may be, or cannot be inflated
     */
    public byte[] wholeInflated(Exchange exchange) {
        boolean compressed = exchange.header(HeaderNames.CONTENT_ENCODING)
                .filter(coding -> coding.contains("gzip"))
                .isPresent();
        if (!compressed) {
            return whole(exchange);
        }
        try (InflatedBody plain = new InflatedBody(whole(exchange))) {
            if (plain.isUnknown()) {
                throw InferException.invalid("the body cannot be decompressed: it begins neither as gzip nor as zlib");
            }
            return readInflated(plain, exchange.memory());
        }
    }

    /**
     * The body as it arrives, or as a whole where its length is only known at its end.
     *
     * @param isDocument whether all of it is a document, so that it may not be larger than one; asked of a body in chunks
     */
    BodyStream stream(Exchange exchange, Predicate<Exchange> isDocument) {
        OptionalLong length = exchange.contentLength();
        if (exchange.hasBody() && length.isPresent()) {
            return new BodyStream(exchange.body(), length.getAsLong(), exchange.memory());
        }
        return !exchange.hasBody() || isDocument.test(exchange)
                ? BodyStream.of(whole(exchange), exchange.memory())
                : collected(limited(exchange), exchange.memory());
    }

    /** The body, of which no more can be read once it has too many chunks. */
    private static InputStream limited(Exchange exchange) {
        return new FilterInputStream(exchange.body()) {
            @Override
            public int read(byte[] target, int offset, int count) throws IOException {
                int read = super.read(target, offset, count);
                if (exchange.chunkCount() > MOST_CHUNKS) {
                    exchange.closeAfterwards();
                    throw InferException.invalid("Chunked request body exceeds maximum of " + MOST_CHUNKS
                            + " non-empty chunks. Send fewer or larger HTTP chunks.");
                }
                return read;
            }
        };
    }

    /** Keeps the pieces of a body as they come, for a large one is not to be there twice. */
    private BodyStream collected(InputStream stream, RequestBudget.Share memory) {
        List<InputStream> pieces = new ArrayList<>();
        long bytes = 0;
        try {
            for (byte[] piece = stream.readNBytes(CHUNK); piece.length > 0; piece = stream.readNBytes(CHUNK)) {
                bytes += piece.length;
                checkBody(bytes);
                memory.take(piece.length);
                pieces.add(new ByteArrayInputStream(piece));
            }
        } catch (InferException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw unreadable(e);
        }
        return new BodyStream(new SequenceInputStream(Collections.enumeration(pieces)), bytes, memory);
    }

    /**
     * Reads what a compressed body has been inflated to.
     *
     * @throws InferException if that is more than one input may have
     */
    byte[] readInflated(InputStream stream, RequestBudget.Share memory) {
        return readAll(
                stream,
                memory,
                (_, most) -> InferException.invalid("Decompressed data size exceeds the maximum allowed value of "
                        + most + " bytes. Use --http-max-input-size to increase the limit."));
    }

    private byte[] readAll(InputStream stream, RequestBudget.Share memory) {
        return readAll(stream, memory, RequestBodies::tooLarge);
    }

    /** Reads to the end of a stream whose length nobody knows: in pieces, so that none is there twice but at the end. */
    private byte[] readAll(InputStream stream, RequestBudget.Share memory, Refusal refusal) {
        List<byte[]> pieces = new ArrayList<>();
        int length = 0;
        try {
            byte[] piece = new byte[CHUNK];
            int filled = 0;
            for (int read = stream.read(piece); read >= 0; read = stream.read(piece, filled, CHUNK - filled)) {
                checkInput((long) length + read, refusal); // before memory is taken for what is not wanted
                length += read;
                filled += read;
                if (filled == CHUNK) {
                    memory.take(CHUNK);
                    pieces.add(piece);
                    piece = new byte[CHUNK];
                    filled = 0;
                    CooperativeYield.pause(); // inflating never waits for anything
                }
            }
            pieces.add(Arrays.copyOf(piece, filled));
        } catch (InferException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw unreadable(e);
        }
        memory.take(length);
        byte[] bytes = new byte[length];
        int position = 0;
        for (byte[] piece : pieces) {
            System.arraycopy(piece, 0, bytes, position, piece.length);
            position += piece.length;
        }
        memory.giveBack((long) (pieces.size() - 1) * CHUNK);
        return bytes;
    }

    private static BodyReadException unreadable(Exception cause) {
        return new BodyReadException("the request's body cannot be read: " + cause.getMessage(), cause);
    }

    private void checkBody(long bytes) {
        if (bytes > limits.mostBodyBytes()) {
            throw InferException.invalid("request body of " + bytes + " bytes exceeds the maximum allowed size of "
                    + limits.mostBodyBytes() + " bytes");
        }
    }

    private void checkInput(long bytes) {
        checkInput(bytes, RequestBodies::tooLarge);
    }

    private void checkInput(long bytes, Refusal refusal) {
        long most = Math.min(limits.mostInputBytes(), Integer.MAX_VALUE - 8);
        if (bytes > most) {
            throw refusal.of(bytes, most);
        }
    }

    private static InferException tooLarge(long bytes, long most) {
        return InferException.invalid(
                "request JSON size of " + bytes + " bytes exceeds the maximum allowed input size of " + most
                        + " bytes. Use --http-max-input-size to increase the limit.");
    }

    /** What is said of so many bytes where fewer are allowed. */
    private interface Refusal {
        InferException of(long bytes, long most);
    }
}
