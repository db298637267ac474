package dev.nereid.perf.model;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/**
 * What is spoken at an address, as far as the answer to a plain request can tell: to say what is wrong where a server is not
 * understood.
 */
public enum SpokenProtocol {
    HTTP("HTTP/1.1 in plain text"),
    HTTP2("HTTP/2 in plain text, as gRPC speaks it"),
    TLS("TLS"),
    /** Nothing that can be told from others; servers with TLS are among those. */
    NONE("a connection that ends without an answer, as servers with TLS do"),
    UNKNOWN("an answer that is neither HTTP nor TLS"),
    SILENCE("a connection without an answer");

    private static final int PATIENCE_MILLIS = 2000;

    /** As many as tell them apart. */
    private static final int FIRST_BYTES = 5;

    private static final int TLS_ALERT = 0x15;
    private static final int TLS_HANDSHAKE = 0x16;
    private static final int TLS_MAJOR_VERSION = 3;
    private static final int HTTP2_SETTINGS = 4;
    private static final int HTTP2_GOAWAY = 7;

    private final String text;

    SpokenProtocol(String text) {
        this.text = text;
    }

    /** What a sentence calls it. */
    public String text() {
        return text;
    }

    /**
     * Connects and asks.
     *
     * @throws IOException if there is no connection
     */
    public static SpokenProtocol at(Endpoint endpoint) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            return answer(socket, "GET / HTTP/1.1\r\nHost: " + endpoint.authority() + "\r\nConnection: close\r\n\r\n");
        }
    }

    private static SpokenProtocol answer(Socket socket, String request) {
        byte[] first;
        try {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            first = in.readNBytes(FIRST_BYTES);
        } catch (SocketTimeoutException _) {
            return SILENCE;
        } catch (IOException _) {
            return NONE;
        }
        return of(first);
    }

    /** What begins with these bytes. */
    static SpokenProtocol of(byte[] first) {
        if (first.length < FIRST_BYTES) {
            return NONE;
        }
        if (new String(first, StandardCharsets.US_ASCII).equals("HTTP/")) {
            return HTTP;
        }
        if ((first[0] == TLS_ALERT || first[0] == TLS_HANDSHAKE) && first[1] == TLS_MAJOR_VERSION) {
            return TLS;
        }
        // Three bytes of length, then the kind of frame.
        return first[0] == 0 && (first[3] == HTTP2_SETTINGS || first[3] == HTTP2_GOAWAY) ? HTTP2 : UNKNOWN;
    }
}
