package dev.nereid.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An HTTP answer as it came, byte by byte, or what of one came before the connection ended: then the status line may be
 * empty.
 *
 * @param headers {@code name: value} with names in lower case, sorted
 * @param body with chunks joined
 */
record RawHttpAnswer(String statusLine, List<String> headers, String body) {
    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final String CHUNKED = "transfer-encoding: chunked";
    private static final String LENGTH = "content-length: ";
    /** For an answer that says nothing of its end, and for what may follow an answer without a body. */
    private static final int MOMENT_MILLIS = 500;

    /** @param answer bytes as Latin-1 */
    static RawHttpAnswer parse(String answer) {
        int end = answer.indexOf(END_OF_HEAD);
        String[] lines = (end < 0 ? answer : answer.substring(0, end)).split("\r\n", -1);
        List<String> headers = Arrays.stream(lines)
                .skip(1)
                .filter(line -> line.contains(":"))
                .map(RawHttpAnswer::header)
                .sorted()
                .toList();
        String body = end < 0 ? "" : answer.substring(end + END_OF_HEAD.length());
        return new RawHttpAnswer(lines[0], headers, headers.contains(CHUNKED) ? joined(body) : body);
    }

    private static String header(String line) {
        int colon = line.indexOf(':');
        return line.substring(0, colon).toLowerCase(Locale.ROOT) + ": "
                + line.substring(colon + 1).strip();
    }

    private static String joined(String chunks) {
        StringBuilder body = new StringBuilder();
        int position = 0;
        while (position < chunks.length()) {
            int end = chunks.indexOf("\r\n", position);
            int size = Integer.parseInt(chunks.substring(position, end), 16);
            if (size == 0) {
                break;
            }
            body.append(chunks, end + 2, end + 2 + size);
            position = end + 2 + size + 2;
        }
        return body.toString();
    }

    /**
     * Sends a request over a connection of its own and receives one answer, or what there is of one when the connection ends
     * or nothing comes any more.
     */
    static RawHttpAnswer receive(int port, byte[] request, int patienceMillis) throws IOException {
        StringBuilder answer = new StringBuilder();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(patienceMillis);
            socket.getOutputStream().write(request);
            boolean head = new String(request, 0, 5, StandardCharsets.ISO_8859_1).equals("HEAD ");
            byte[] buffer = new byte[1 << 16];
            while (!isWhole(answer, head)) {
                if (answer.indexOf(END_OF_HEAD) >= 0 && (head || hasNoEnd(answer))) {
                    socket.setSoTimeout(MOMENT_MILLIS);
                }
                int count = socket.getInputStream().read(buffer);
                if (count < 0) {
                    break;
                }
                answer.append(new String(buffer, 0, count, StandardCharsets.ISO_8859_1));
            }
        } catch (SocketTimeoutException | SocketException e) {
            // What came before is the answer.
        }
        return parse(answer.toString());
    }

    private static boolean isWhole(StringBuilder answer, boolean head) {
        int end = answer.indexOf(END_OF_HEAD);
        if (end < 0 || head || hasNoEnd(answer)) {
            return false;
        }
        Optional<Integer> length = length(answer);
        return length.isPresent()
                ? answer.length() - end - END_OF_HEAD.length() >= length.get()
                : answer.length() >= 5 && answer.substring(answer.length() - 5).equals("0" + END_OF_HEAD);
    }

    private static boolean hasNoEnd(StringBuilder answer) {
        return length(answer).isEmpty() && !headOf(answer).contains(CHUNKED);
    }

    private static Optional<Integer> length(StringBuilder answer) {
        return headOf(answer)
                .lines()
                .filter(line -> line.startsWith(LENGTH))
                .map(line -> Integer.valueOf(line.substring(LENGTH.length()).strip()))
                .findFirst();
    }

    private static String headOf(StringBuilder answer) {
        return answer.substring(0, answer.indexOf(END_OF_HEAD)).toLowerCase(Locale.ROOT);
    }
}
