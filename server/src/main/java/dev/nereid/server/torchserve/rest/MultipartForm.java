package dev.nereid.server.torchserve.rest;

import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.torchserve.TorchServeException.Kind;
import dev.nereid.server.torchserve.handler.RequestPart;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads {@code multipart/form-data} (RFC 7578). Parts are copies. */
final class MultipartForm {
    private static final int MOST_BOUNDARY = 200;
    private static final int MOST_HEADERS = 8 << 10;
    private static final byte[] END_OF_HEADERS = {'\r', '\n', '\r', '\n'};

    private final byte[] body;
    private final byte[] delimiter;
    private final Map<String, RequestPart> parts = new LinkedHashMap<>();

    private MultipartForm(byte[] body, String boundary) {
        this.body = body;
        this.delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    }

    /**
     * Reads a body.
     *
     * @param contentType names the boundary
     * @throws TorchServeException if it is no such form
     */
    static Map<String, RequestPart> read(String contentType, byte[] body) {
        String boundary = parameter(contentType, "boundary")
                .filter(text -> !text.isEmpty() && text.length() <= MOST_BOUNDARY)
                .orElseThrow(
                        () -> wrong("expected a boundary of 1 to " + MOST_BOUNDARY + " letters in its content type"));
        MultipartForm form = new MultipartForm(body, boundary);
        form.read();
        return form.parts;
    }

    private static TorchServeException wrong(String what) {
        return new TorchServeException(Kind.BAD_REQUEST, "the body is no multipart/form-data: " + what);
    }

    private void read() {
        // The first boundary may stand at the very beginning, without the line break that belongs to the others.
        int at = startsWith(0, Arrays.copyOfRange(delimiter, 2, delimiter.length))
                ? delimiter.length - 2
                : behind(find(delimiter, 0, body.length));
        int read = 0;
        while (!startsWith(at, new byte[] {'-', '-'})) {
            read++;
            if (read > RequestParts.MOST_PARTS) {
                throw RequestParts.tooMany();
            }
            at = readPart(at);
        }
    }

    private int behind(int delimiterAt) {
        if (delimiterAt < 0) {
            throw wrong("its boundary is missing; the body may have been cut off");
        }
        return delimiterAt + delimiter.length;
    }

    /** Reads the part whose delimiter ends there; returns where the next delimiter ends. */
    private int readPart(int from) {
        int line = from;
        while (line < body.length && (body[line] == ' ' || body[line] == '\t')) {
            line++;
        }
        if (!startsWith(line, new byte[] {'\r', '\n'})) {
            throw wrong("expected a line break behind a boundary");
        }
        // A part without headers begins with the empty line at once.
        int headers = find(END_OF_HEADERS, line, Math.min(body.length, line + MOST_HEADERS));
        if (headers < 0) {
            throw wrong("expected at most " + MOST_HEADERS + " bytes of headers and an empty line behind them");
        }
        String[] lines =
                new String(body, line + 2, Math.max(0, headers - line - 2), StandardCharsets.UTF_8).split("\r\n", -1);
        int content = headers + END_OF_HEADERS.length;
        // The line break of the delimiter may be the one that ends the headers.
        int end = find(delimiter, content - 2, body.length);
        int next = behind(end);
        Optional<String> disposition = header(lines, "content-disposition");
        String name = disposition
                .flatMap(text -> parameter(text, "name"))
                .orElseThrow(() -> wrong("expected a name in the Content-Disposition of each part"));
        boolean isFile =
                disposition.flatMap(text -> parameter(text, "filename")).isPresent();
        parts.put(
                name,
                new RequestPart(
                        Arrays.copyOfRange(body, content, Math.max(end, content)),
                        isFile ? header(lines, "content-type").orElse("") : ""));
        return next;
    }

    private static Optional<String> header(String[] lines, String name) {
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0
                    && line.substring(0, colon).strip().toLowerCase(Locale.ROOT).equals(name)) {
                return Optional.of(line.substring(colon + 1).strip());
            }
        }
        return Optional.empty();
    }

    /** A parameter of a header's value, which may be quoted. */
    private static Optional<String> parameter(String header, String name) {
        int at = header.indexOf(';');
        while (at >= 0) {
            int equals = header.indexOf('=', at);
            if (equals < 0) {
                return Optional.empty();
            }
            String found = header.substring(at + 1, equals).strip().toLowerCase(Locale.ROOT);
            int start = equals + 1;
            while (start < header.length() && header.charAt(start) == ' ') {
                start++;
            }
            String value;
            int end;
            if (start < header.length() && header.charAt(start) == '"') {
                StringBuilder quoted = new StringBuilder();
                end = unquote(header, start + 1, quoted);
                value = quoted.toString();
            } else {
                int semicolon = header.indexOf(';', start);
                end = semicolon < 0 ? header.length() : semicolon;
                value = header.substring(start, end).strip();
            }
            if (found.equals(name)) {
                return Optional.of(value);
            }
            at = header.indexOf(';', end);
        }
        return Optional.empty();
    }

    /** Reads up to the closing quote and returns what is behind it. */
    private static int unquote(String header, int from, StringBuilder target) {
        int at = from;
        while (at < header.length() && header.charAt(at) != '"') {
            // Browsers write a quote as %22, others with a backslash; a backslash of a Windows path stands for itself.
            if (header.charAt(at) == '\\' && at + 1 < header.length() && header.charAt(at + 1) == '"') {
                at++;
            }
            target.append(header.charAt(at));
            at++;
        }
        return Math.min(at + 1, header.length());
    }

    private boolean startsWith(int at, byte[] text) {
        return at + text.length <= body.length && Arrays.equals(body, at, at + text.length, text, 0, text.length);
    }

    /** Where a text begins in [from, to); -1 if nowhere. */
    private int find(byte[] text, int from, int to) {
        for (int at = Math.max(from, 0); at <= to - text.length; at++) {
            if (body[at] == text[0] && Arrays.equals(body, at, at + text.length, text, 0, text.length)) {
                return at;
            }
        }
        return -1;
    }
}
