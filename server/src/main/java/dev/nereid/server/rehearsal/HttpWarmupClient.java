package dev.nereid.server.rehearsal;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends the HTTP requests of the warm-up over a plain socket, so that no client code is loaded and compiled. */
final class HttpWarmupClient implements WarmupClient {
    static final int SOCKET_MILLIS = 2_000;

    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *([0-9]+)\r\n");

    private final List<byte[]> requests;
    private int sent;

    /** @param requests of a round, head and body */
    HttpWarmupClient(List<byte[]> requests) {
        this.requests = requests;
    }

    @Override
    public void visit(int port, int count) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(SOCKET_MILLIS);
            OutputStream out = socket.getOutputStream();
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (int i = 0; i < count; i++) {
                out.write(requests.get(sent++ % requests.size()));
                readAnswer(in);
            }
        }
    }

    private static void readAnswer(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the warm-up's connection was closed after '" + head + "'");
            }
            head.append((char) next);
        }
        Matcher length = LENGTH.matcher(head);
        if (!head.toString().startsWith("HTTP/1.1 200") || !length.find()) {
            throw new IOException("the warm-up was answered with '" + head + "'");
        }
        in.skipNBytes(Long.parseLong(length.group(1)));
    }
}
