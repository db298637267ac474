package dev.nereid.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.BodyReadException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("found-1")
class ChunkedBodyTest {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The body of a connection that sends {@code text} in pieces of that many bytes. */
    private static ChunkedBody body(String text, int pieceBytes) {
        Deque<String> pieces = new ArrayDeque<>();
        for (int i = 0; i < text.length(); i += pieceBytes) {
            pieces.add(text.substring(i, Math.min(i + pieceBytes, text.length())));
        }
        return new ChunkedBody(new byte[0], () -> pieces.isEmpty() ? null : bytes(pieces.remove()));
    }

    /** The body as the web server gets it, up to its end or the connection's. */
    private static String rewritten(ChunkedBody body) {
        StringBuilder all = new StringBuilder();
        while (!body.isOver()) {
            byte[] next = body.next();
            if (next == null) {
                break;
            }
            all.append(new String(next, StandardCharsets.ISO_8859_1));
        }
        return all.toString();
    }

    @Test
    void handsChunksOnAndKeepsWhatIsBehindThem() {
        ChunkedBody body = new ChunkedBody(bytes("3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\nGET /"), () -> null);
        assertThat(rewritten(body)).isEqualTo("3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n");
        assertThat(body.isOver()).isTrue();
        assertThat(body.rest()).isEqualTo(bytes("GET /"));
    }

    @Test
    void leavesExtensionsAndTrailersOut() {
        String text = "3;a=1;b=\"two\"\r\nabc\r\n000;c\r\nX-Sum: 7\r\nEmpty:\r\n\r\n";
        ChunkedBody body = body(text, 1000);
        assertThat(rewritten(body)).isEqualTo("3\r\nabc\r\n0\r\n\r\n");
        assertThat(body.rest()).isEmpty();
    }

    @Test
    void makesNoDifferenceWhereTheBytesAreSplit() {
        String text = "3;a\r\nabc\r\n0\r\nX: y\r\n\r\n";
        for (int pieceBytes = 1; pieceBytes < text.length(); pieceBytes++) {
            String rewritten = rewritten(body(text, pieceBytes));
            assertThat(rewritten.replaceAll("[0-9]\r\n|\r\n", "")).isEqualTo("abc");
            assertThat(rewritten).endsWith("0\r\n\r\n");
        }
    }

    @Test
    void handsALargeChunkOnAsItArrives() {
        ChunkedBody body = new ChunkedBody(bytes("7fffffffffffffff\r\nabc"), () -> bytes("defg"));
        assertThat(body.next()).isEqualTo(bytes("3\r\nabc\r\n"));
        assertThat(body.next()).isEqualTo(bytes("4\r\ndefg\r\n"));
    }

    @Test
    void endsWithTheConnection() {
        ChunkedBody body = body("5\r\nab", 1000);
        assertThat(rewritten(body)).isEqualTo("2\r\nab\r\n");
        assertThat(body.isOver()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n",
                "+3\r\n",
                "-3\r\n",
                "0x3\r\n",
                " 3\r\n",
                "3 \r\n",
                "3 ;a\r\n",
                "3\t\r\n",
                "3,3\r\n",
                "g\r\n",
                "\u00b2\r\n",
                ";a\r\n",
            })
    void takesNothingButDigitsForASize(String line) {
        assertThatThrownBy(() -> rewritten(body(line + "abc\r\n0\r\n\r\n", 1000)))
                .isInstanceOf(BodyReadException.class)
                .hasMessage("expected the size of a chunk in hexadecimal digits, got '"
                        + line.substring(0, line.length() - 2) + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"8000000000000000", "ffffffffffffffff", "10000000000000003"})
    void takesNoSizeThatOverflows(String size) {
        assertThatThrownBy(() -> rewritten(body(size + "\r\nabc\r\n0\r\n\r\n", 1000)))
                .hasMessage("expected the size of a chunk below 2^63, got '" + size + "'");
    }

    @ParameterizedTest
    @CsvSource({"3\\nabc, byte 10", "3\\r3\\r\\n, CR alone", "3\\r\\r\\nabc, CR alone", "3;\\u0000\\r\\n, byte 0"})
    void takesNoOtherEndOfALine(String text, String got) {
        String sent = text.replace("\\r", "\r").replace("\\n", "\n").replace("\\u0000", "\u0000");
        assertThatThrownBy(() -> rewritten(body(sent, 1000))).hasMessageEndingWith("got " + got);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"3\r\nabcd\r\n", "3\r\nabc0\r\n\r\n", "3\r\nabc\n0\r\n\r\n", "3\r\nabcGET / HTTP/1.1\r\n\r\n"})
    void takesNothingElseBehindAChunkThanTheEndOfALine(String text) {
        assertThatThrownBy(() -> rewritten(body(text, 1)))
                .isInstanceOf(BodyReadException.class)
                .hasMessageStartingWith("expected CR LF behind the data of a chunk, got byte ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET / HTTP/1.1\r\n", ": b\r\n", "a : b\r\n", " a: b\r\n", "a\r\n"})
    void takesNothingElseForATrailerThanAHeader(String line) {
        assertThatThrownBy(() -> rewritten(body("0\r\n" + line + "\r\n", 1000)))
                .hasMessageStartingWith("expected a trailer as 'name: value', or an empty line, got '");
    }

    @Test
    void keepsNoMoreOfALineThanItMayHave() {
        String longest = "0".repeat(ChunkedBody.MOST_LINE_BYTES - 1);
        assertThat(rewritten(body(longest + "1\r\na\r\n0\r\n\r\n", 1000))).isEqualTo("1\r\na\r\n0\r\n\r\n");
        int[] sent = new int[1];
        ChunkedBody endless = new ChunkedBody(new byte[0], () -> {
            sent[0]++;
            return bytes("0".repeat(100));
        });
        assertThatThrownBy(endless::next).hasMessage("expected lines of at most 256 bytes, got a longer one");
        assertThat(sent[0]).isEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1;%s\r\na\r\n", "0\r\nx:%s\r\n"})
    void takesNoEndlessExtensionsOrTrailers(String text) {
        String line = text.formatted("b".repeat(200));
        List<String> lines = text.startsWith("0") ? List.of("0\r\n", line.substring(3)) : List.of("", line);
        assertThatThrownBy(() -> rewritten(body(lines.get(0) + lines.get(1).repeat(50), 1000)))
                .hasMessage("expected extensions and trailers of at most 8192 bytes together, got more");
    }

    @Test
    void givesNothingAfterAnError() {
        ChunkedBody body = body("zz\r\n3\r\nabc\r\n0\r\n\r\n", 1000);
        assertThatThrownBy(body::next).isInstanceOf(BodyReadException.class);
        assertThatThrownBy(body::next).isInstanceOf(BodyReadException.class);
        assertThat(body.isOver()).isFalse();
    }
}
