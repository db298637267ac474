package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValueTest {
    private static JsonValue parse(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return JsonValue.parse(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "``|The document is empty. at 0",
                "x|Invalid value. at 0",
                "[1,]|Invalid value. at 3",
                "[1 2]|Missing a comma or ] after an array element. at 3",
                "[|Invalid value. at 1",
                "{|Missing a name for object member. at 1",
                "{1:2}|Missing a name for object member. at 1",
                "{\"a\" 1}|Missing a colon after a name of object member. at 5",
                "{\"a\":1 \"b\"}|Missing a comma or } after an object member. at 7",
                "{\"a\":1,}|Missing a name for object member. at 7",
                "{\"a\":1]|Missing a comma or } after an object member. at 6",
                "\"abc|Missing a closing quotation mark in string. at 4",
                "\"a\\x\"|Invalid escape character in string. at 2",
                "\"\\u12G4\"|Incorrect hex digit after \\u escape in string. at 1",
                "\"\\ud800x\"|The surrogate pair in string is invalid. at 1",
                "\"\\udc00\"|The surrogate pair in string is invalid. at 1",
                "1.|Missing fraction part in number. at 2",
                "1e|Missing exponent in number. at 2",
                "-|Invalid value. at 1",
                "01|The document root must not be followed by other values. at 1",
                "nul|Invalid value. at 3",
                "{} {}|The document root must not be followed by other values. at 3"
            })
    void reportsSyntaxErrorsWithTheirOffset(String json, String error) {
        assertThatThrownBy(() -> parse(json))
                .isInstanceOfSatisfying(
                        InferException.class, e -> assertThat(e.code()).isEqualTo(InferException.Code.MALFORMED))
                .hasMessage("failed to parse the request JSON buffer: " + error);
    }

    @Test
    void survivesAnyDepthOfNesting() {
        int depth = 1_000_000;
        assertThat(parse("[".repeat(depth) + "]".repeat(depth)).isArray()).isTrue();
        assertThatThrownBy(() -> parse("[".repeat(depth))).hasMessageEndingWith("Invalid value. at " + depth);
        assertThatThrownBy(() -> parse("{\"a\":".repeat(depth))).isInstanceOf(InferException.class);
    }

    @Test
    void findsTheFirstMemberOfAName() {
        JsonValue root = parse(" { \"x\" : [1, {\"a\":9}] , \"a\\u0062\" : 2 , \"ab\":3 } ");
        assertThat(root.member("ab").asLong()).isEqualTo(2);
        assertThat(root.find("a")).isEmpty();
        assertThat(parse("[1]").find("a")).isEmpty();
        assertThatThrownBy(() -> root.member("inputs"))
                .hasMessage("attempt to access non-existing object member 'inputs'");
    }

    @Test
    void walksOverElementsOfEveryKind() {
        JsonValue.Elements elements = parse("[1, \"]\", [[], {}], {\"a\":[\"}\"]}, null, true, -0.5e3]")
                .elements();
        List<String> kinds = new ArrayList<>();
        while (elements.next()) {
            JsonValue value = elements.value();
            kinds.add(
                    value.isString()
                            ? "string"
                            : value.isArray()
                                    ? "array"
                                    : value.isObject()
                                            ? "object"
                                            : value.isNull()
                                                    ? "null"
                                                    : value.isBool() ? "bool" : value.isNumber() ? "number" : "?");
        }
        assertThat(kinds).containsExactly("number", "string", "array", "object", "null", "bool", "number");
    }

    @Test
    void undoesEscapesAndKeepsBytesThatAreNoText() {
        assertThat(parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00é\"").asString())
                .isEqualTo("\"\\/\b\f\n\r\té😀é");
        byte[] raw = {'"', 'a', (byte) 0xFF, (byte) 0xC3, '"'};
        String text = JsonValue.parse(raw, 0, raw.length).asString();
        assertThat(WireText.encode(text)).containsExactly('a', (byte) 0xFF, (byte) 0xC3);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-0", "7", "9223372036854775807", "-9223372036854775808"})
    void readsIntegersExactly(String text) {
        assertThat(parse(text).asLong()).isEqualTo(Long.parseLong(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"9223372036854775808", "-9223372036854775809", "1.0", "1e2", "\"1\"", "true", "null", "[1]"})
    void refusesWhatIsNoSignedInteger(String text) {
        assertThatThrownBy(() -> parse(text).asLong())
                .hasMessage("attempt to access JSON non-signed-integer as signed-integer");
    }

    @Test
    void readsUnsignedIntegersUpToSixtyFourBits() {
        assertThat(parse("18446744073709551615").asUnsigned()).isEqualTo(-1);
        assertThat(parse("9999999999999999999").asUnsigned()).isEqualTo(Long.parseUnsignedLong("9999999999999999999"));
        for (String text : List.of(
                "18446744073709551616",
                "19999999999999999999",
                "20000000000000000000",
                "-1",
                "100000000000000000000")) {
            assertThatThrownBy(() -> parse(text).asUnsigned())
                    .hasMessage("attempt to access JSON non-unsigned-integer as unsigned-integer");
        }
    }

    @Test
    void readsDoublesAsTheJdkDoes() {
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 200_000; i++) {
            double value = switch (i % 4) {
                case 0 -> Double.longBitsToDouble(random.nextLong());
                case 1 -> (float) random.nextDouble(-1e6, 1e6);
                case 2 -> random.nextInt(1_000_000) / 1000.0;
                default -> random.nextDouble() * Math.pow(10, random.nextInt(-30, 30));
            };
            if (Double.isFinite(value)) {
                assertThat(parse(Double.toString(value)).asDouble()).isEqualTo(value);
            }
        }
        assertThat(parse("123456789012345678901234567890.5e-20").asDouble()).isEqualTo(1234567890.1234567);
        assertThat(parse("-NaN").asDouble()).isNaN();
        assertThat(parse("-Infinity").asDouble()).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThatThrownBy(() -> parse(" 1e400").asDouble())
                .hasMessage("failed to parse the request JSON buffer: Number too big to be stored in double. at 1");
    }
}
