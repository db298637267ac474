package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.json.JsonValue;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class JsonLineTest {
    private static String text(String value, int most) {
        return new JsonLine().text("a", value, most).end();
    }

    @Test
    void isOneObjectOnOneLine() {
        assertThat(new JsonLine().text("a", "b", 10).number("n", -3).end()).isEqualTo("{\"a\":\"b\",\"n\":-3}\n");
        assertThat(new JsonLine().end()).isEqualTo("{}\n");
    }

    @Test
    void escapesWhatCouldForgeALineOrReachATerminal() {
        assertThat(text("\"\\\n\r\t\u0000\u001b[31m\u007f\u0085\u2028\u2029\u202e", 100))
                .isEqualTo("{\"a\":\"\\\"\\\\\\n\\r\\t\\u0000\\u001b[31m\\u007f\\u0085\\u2028\\u2029\\u202e\"}\n");
    }

    @Test
    void keepsOtherCharactersAsTheyAre() {
        assertThat(text("Grüße \uD83D\uDE00", 100)).isEqualTo("{\"a\":\"Grüße \uD83D\uDE00\"}\n");
    }

    @Test
    void halfSurrogatePairsBecomeReplacementCharacters() {
        assertThat(text("a\uD800b\uDC00", 100)).isEqualTo("{\"a\":\"a\uFFFDb\uFFFD\"}\n");
    }

    @Test
    void cutsLongTextsBetweenCharacters() {
        assertThat(text("abcd", 4)).isEqualTo("{\"a\":\"abcd\"}\n");
        assertThat(text("abcde", 4)).isEqualTo("{\"a\":\"abcd...\"}\n");
        assertThat(text("abc\uD83D\uDE00", 4)).isEqualTo("{\"a\":\"abc...\"}\n");
    }

    @Test
    void everyCharacterGivesJsonThatIsRead() {
        for (int letter = 0; letter <= 0xFFFF; letter++) {
            String line = text("x" + (char) letter, 10);
            byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
            assertThat(line.lines()).hasSize(1);
            String expected = Character.isSurrogate((char) letter) ? "x\uFFFD" : "x" + (char) letter;
            assertThat(JsonValue.parse(bytes, 0, bytes.length)
                            .find("a")
                            .orElseThrow()
                            .asString())
                    .isEqualTo(expected);
        }
    }
}
