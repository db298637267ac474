package dev.nereid.perf.client;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Reads HTTP/1.1 responses of one connection, one after the other, from bytes as they come. Bodies are skipped, but for
 * those of errors.
 */
final class ResponseReader {
    private static final int LARGEST_HEAD = 64 << 10;
    private static final int OK = 200;
    private static final int MOST_KEPT = 4 << 10;

    private enum State {
        HEAD,
        BODY,
        CHUNK_SIZE,
        CHUNK,
        CHUNK_END,
        TRAILER,
        REST,
        DONE
    }

    private final StringBuilder line = new StringBuilder();
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private State state = State.HEAD;
    private int status;
    private boolean first;
    private boolean chunked;
    private boolean hasLength;
    private boolean closes;
    private long left;
    private int headBytes;
    private int jsonLength;
    private boolean keepsAll;
    private boolean isEvents;
    private final EventSplitter events;

    /** A reader to whom events are bodies like others. */
    ResponseReader() {
        this(_ -> {});
    }

    /** @param events takes each event of a body that is a stream of them */
    ResponseReader(Consumer<byte[]> events) {
        this.events = new EventSplitter(events);
        reset(false);
    }

    /**
     * Makes ready for the next response.
     *
     * @param keepBody whether its body is wanted even if it is no error
     */
    void reset(boolean keepBody) {
        keepsAll = keepBody;
        isEvents = false;
        events.reset();
        jsonLength = 0;
        state = State.HEAD;
        line.setLength(0);
        kept.reset();
        status = 0;
        first = true;
        chunked = false;
        hasLength = false;
        closes = false;
        left = 0;
        headBytes = 0;
    }

    int status() {
        return status;
    }

    boolean isOk() {
        return status == OK;
    }

    /** Whether the server ends the connection after this response. */
    boolean closes() {
        return closes;
    }

    /** The body of an error, or its begin. */
    String errorText() {
        return kept.toString(StandardCharsets.UTF_8);
    }

    /** The body, where it was to be kept. */
    byte[] body() {
        return kept.toByteArray();
    }

    /** Whether the body was a stream of events; what is left of it is an event too. */
    boolean endEvents() {
        events.end();
        return isEvents && status == OK;
    }

    /** Length of the JSON at the begin of a body with bytes behind it; 0 for other bodies. */
    int jsonLength() {
        return jsonLength;
    }

    /**
     * Takes bytes until the response is complete.
     *
     * @return whether it is
     * @throws IllegalStateException if this is no HTTP
     */
    boolean read(ByteBuffer from) {
        while (state != State.DONE && (from.hasRemaining() || (left == 0 && state == State.BODY))) {
            switch (state) {
                case HEAD -> {
                    if (endsLine(from)) {
                        headLine();
                    }
                }
                case BODY, REST -> {
                    skip(from);
                    if (state == State.BODY && left == 0) {
                        state = State.DONE;
                    }
                }
                case CHUNK_SIZE -> {
                    if (endsLine(from)) {
                        left = Long.parseLong(line.toString().split(";", 2)[0].trim(), 16);
                        state = left == 0 ? State.TRAILER : State.CHUNK;
                        line.setLength(0);
                    }
                }
                case CHUNK -> {
                    skip(from);
                    if (left == 0) {
                        state = State.CHUNK_END;
                    }
                }
                case CHUNK_END -> {
                    if (endsLine(from)) {
                        line.setLength(0);
                        state = State.CHUNK_SIZE;
                    }
                }
                case TRAILER -> {
                    if (endsLine(from)) {
                        state = line.isEmpty() ? State.DONE : State.TRAILER;
                        line.setLength(0);
                    }
                }
                case DONE -> {}
            }
        }
        return state == State.DONE;
    }

    /** The connection has ended: whether that completes the response. */
    boolean ended() {
        if (state == State.REST) {
            state = State.DONE;
        }
        return state == State.DONE;
    }

    /** Moves a line into {@link #line}, without its end; whether it is complete. */
    private boolean endsLine(ByteBuffer from) {
        while (from.hasRemaining()) {
            char c = (char) (from.get() & 0xff);
            if (++headBytes > LARGEST_HEAD) {
                throw new IllegalStateException("a response head of more than " + LARGEST_HEAD + " bytes");
            }
            if (c == '\n') {
                int length = line.length();
                if (length > 0 && line.charAt(length - 1) == '\r') {
                    line.setLength(length - 1);
                }
                return true;
            }
            line.append(c);
        }
        return false;
    }

    private void headLine() {
        if (first) {
            first = false;
            if (line.length() < 12 || !line.substring(0, 5).equals("HTTP/")) {
                throw new IllegalStateException("expected an HTTP response, got '" + line + "'");
            }
            status = Integer.parseInt(line.substring(9, 12));
        } else if (line.isEmpty()) {
            headBytes = 0;
            beginBody();
        } else {
            header();
        }
        line.setLength(0);
    }

    private void header() {
        switch (Character.toLowerCase(line.charAt(0))) {
            case 'c' -> {
                if (is("content-length:")) {
                    left = Long.parseLong(value());
                    hasLength = true;
                } else if (is("connection:")) {
                    closes = value().toLowerCase(Locale.ROOT).contains("close");
                } else if (is("content-type:")) {
                    isEvents = line.indexOf("text/event-stream") > 0;
                }
            }
            case 'i' -> {
                if (is("inference-header-content-length:")) {
                    jsonLength = Integer.parseInt(value());
                }
            }
            case 't' -> {
                if (is("transfer-encoding:")) {
                    chunked = value().toLowerCase(Locale.ROOT).contains("chunked");
                }
            }
            default -> {}
        }
    }

    private boolean is(String name) {
        if (line.length() < name.length()) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            if (Character.toLowerCase(line.charAt(i)) != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private String value() {
        return line.substring(line.indexOf(":") + 1).trim();
    }

    private void beginBody() {
        if (status >= 100 && status < OK) {
            first = true;
            return;
        }
        if (chunked) {
            state = State.CHUNK_SIZE;
        } else if (hasLength) {
            state = State.BODY;
        } else {
            state = status == 204 || status == 304 ? State.DONE : State.REST;
            closes = state == State.REST;
        }
    }

    private void skip(ByteBuffer from) {
        int count = state == State.REST ? from.remaining() : (int) Math.min(left, from.remaining());
        if (isEvents && status == OK) {
            byte[] bytes = new byte[count];
            from.duplicate().get(bytes);
            events.take(bytes);
        }
        int room = status == OK ? (keepsAll ? count : 0) : Math.max(0, MOST_KEPT - kept.size());
        if (room > 0) {
            byte[] bytes = new byte[Math.min(count, room)];
            from.duplicate().get(bytes);
            kept.writeBytes(bytes);
        }
        from.position(from.position() + count);
        left -= state == State.REST ? 0 : count;
    }
}
