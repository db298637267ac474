package dev.nereid.server.torchserve.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.torchserve.TorchServeException;
import dev.nereid.server.torchserve.handler.RequestPart;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestPartsTest {
    private static final String FORM = "multipart/form-data; boundary=XX";

    private static Map<String, String> read(String type, String body) {
        Map<String, String> read = new LinkedHashMap<>();
        RequestParts.read(type, body.getBytes(StandardCharsets.ISO_8859_1))
                .forEach((name, part) -> read.put(
                        name, part.contentType() + "|" + new String(part.bytes(), StandardCharsets.ISO_8859_1)));
        return read;
    }

    @Test
    void aBodyThatIsNoFormIsOnePart() {
        assertThat(read("application/json; charset=utf-8", "{}"))
                .isEqualTo(Map.of("body", "application/json; charset=utf-8|{}"));
        assertThat(read("", "")).isEqualTo(Map.of("body", "|"));
    }

    @Test
    void partsOfAFormHaveNamesAndFilesTheirTypes() {
        String body = String.join(
                "\r\n",
                "preamble",
                "--XX",
                "Content-Disposition: form-data; name=\"data\"; filename=\"a.jpg\"",
                "Content-Type: image/jpeg",
                "",
                "\u0000",
                "--XY",
                "--XX  ",
                "content-disposition: form-data; name=text",
                "Content-Type: text/plain",
                "",
                "abc",
                "--XX",
                "Content-Disposition: form-data; filename=x; name=\"em\\\"pty\"",
                "",
                "",
                "--XX--",
                "epilogue");
        assertThat(read(FORM, body))
                .containsExactly(
                        Map.entry("data", "image/jpeg|\u0000\r\n--XY"),
                        Map.entry("text", "|abc"),
                        Map.entry("em\"pty", "|"));
    }

    @Test
    void ofARepeatedNameTheLastPartCounts() {
        String part = "--XX\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n%s\r\n";
        assertThat(read("Multipart/Form-Data; Boundary=\"XX\"", part.formatted("1") + part.formatted("2") + "--XX--"))
                .isEqualTo(Map.of("data", "|2"));
        assertThat(read("application/x-www-form-urlencoded", "a=1&b=%41+%zz&&c&a=2"))
                .isEqualTo(Map.of("a", "|2", "b", "|A %zz", "c", "|"));
    }

    @Test
    void anEmptyFormHasNoParts() {
        assertThat(read(FORM, "--XX--")).isEmpty();
        assertThat(read("application/x-www-form-urlencoded", "")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "--XX",
                "--XX\r\n",
                "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nabc",
                "--XX\r\n\r\nabc\r\n--XX--",
                "--XX\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--XX--",
                "--XXY\r\nContent-Disposition: form-data; name=a\r\n\r\nabc\r\n--XX--",
                "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nabc\r\n--XX"
            })
    void whatIsNoFormIsRefused(String body) {
        assertThatThrownBy(() -> read(FORM, body))
                .isInstanceOf(TorchServeException.class)
                .hasMessageStartingWith("the body is no multipart/form-data: ");
    }

    @ParameterizedTest
    @CsvSource({"multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\"\""})
    void aFormNeedsABoundary(String type) {
        assertThatThrownBy(() -> read(type, "--\r\n")).hasMessageContaining("boundary");
    }

    @Test
    void tooManyFieldsAreRefused() {
        String part = "--XX\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n1\r\n";
        String text = "expected at most " + RequestParts.MOST_PARTS + " fields in a form";
        assertThatThrownBy(() -> read(FORM, part.repeat(RequestParts.MOST_PARTS + 1) + "--XX--"))
                .hasMessage(text);
        assertThatThrownBy(() -> read("application/x-www-form-urlencoded", "a&".repeat(RequestParts.MOST_PARTS + 1)))
                .hasMessage(text);
    }

    @Test
    void headersOfAPartAreBounded() {
        assertThatThrownBy(() -> read(
                        FORM,
                        "--XX\r\nContent-Disposition: form-data; name=a\r\nX: " + "x".repeat(9000)
                                + "\r\n\r\n\r\n--XX--"))
                .hasMessageContaining("bytes of headers");
    }

    /** Whatever the content of two parts is, it is read as it was written, and damage is never another error than a refusal. */
    @Test
    void randomFormsAreReadAndRandomDamageIsRefusedOrRead() {
        Random random = new Random(7);
        byte[] alphabet = "\r\n-X :;=\"a\u0000".getBytes(StandardCharsets.ISO_8859_1);
        for (int round = 0; round < 20_000; round++) {
            byte[] content = new byte[random.nextInt(20)];
            for (int i = 0; i < content.length; i++) {
                content[i] = alphabet[random.nextInt(alphabet.length)];
            }
            String text = new String(content, StandardCharsets.ISO_8859_1);
            String body = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n" + text
                    + "\r\n--XX\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\nend\r\n--XX--\r\n";
            if (!("\r\n" + text + "\r\n--X").contains("\r\n--XX")) {
                assertThat(read(FORM, body)).isEqualTo(Map.of("a", "|" + text, "b", "|end"));
            }
            byte[] damaged = body.getBytes(StandardCharsets.ISO_8859_1);
            for (int i = 0; i < 3; i++) {
                damaged[random.nextInt(damaged.length)] = alphabet[random.nextInt(alphabet.length)];
            }
            byte[] cut = Arrays.copyOf(damaged, random.nextInt(damaged.length + 1));
            try {
                Map<String, RequestPart> parts = RequestParts.read(FORM, cut);
                assertThat(parts.values()).allMatch(part -> part.bytes().length <= cut.length);
            } catch (TorchServeException e) {
                assertThat(e.kind()).isEqualTo(TorchServeException.Kind.BAD_REQUEST);
            }
        }
    }
}
