package dev.nereid.server.http.connection;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Http10Test {
    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String wholeLine(String first, Deque<String> more) {
        byte[] line = Http10.wholeLine(bytes(first), () -> more.isEmpty() ? null : bytes(more.remove()));
        return new String(line, StandardCharsets.ISO_8859_1);
    }

    @Test
    void putsALineTogetherAndReadsNothingBehindIt() {
        Deque<String> more = new ArrayDeque<>(List.of("TP/1.0", "\r", "\nHost: x", "\r\n\r\n"));
        assertThat(wholeLine("GET / HT", more)).isEqualTo("GET / HTTP/1.0\r\nHost: x");
        assertThat(more).hasSize(1);
        assertThat(wholeLine("\n", more)).isEqualTo("\n");
        assertThat(more).hasSize(1);
    }

    @Test
    void takesWhatThereIsWhereALineHasNoEnd() {
        assertThat(wholeLine("GET /", new ArrayDeque<>())).isEqualTo("GET /");
        Deque<String> more = new ArrayDeque<>(List.of("x".repeat(8 << 10), "y"));
        assertThat(wholeLine("x", more)).hasSize((8 << 10) + 1);
        assertThat(more).containsExactly("y");
    }

    @ParameterizedTest
    @CsvSource({
        "GET / HTTP/1.0, true, GET / HTTP/1.1",
        "GET / HTTP/1.1, false, GET / HTTP/1.1",
        "HTTP/1.0, false, HTTP/1.0",
        "'', false, ''"
    })
    void makesTheFirstLineOneOfTheNextVersion(String line, boolean old, String made) {
        byte[] request = bytes(line + "\r\nX: y HTTP/1.0\r\n\r\n");
        assertThat(Http10.upgrade(request)).isEqualTo(old);
        assertThat(new String(request, StandardCharsets.ISO_8859_1)).isEqualTo(made + "\r\nX: y HTTP/1.0\r\n\r\n");
    }
}
