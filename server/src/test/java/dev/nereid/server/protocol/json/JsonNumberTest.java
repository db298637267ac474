package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Numbers in arrays, against the JDK's reading of each; also where the document ends within eight bytes of them. */
class JsonNumberTest {
    private static final String DIGITS = "31415926535897932384626433832795";

    private static JsonValue parse(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.ISO_8859_1);
        return JsonValue.parse(bytes, 0, bytes.length);
    }

    private static void reads(List<String> numbers) {
        JsonValue array = parse("[" + String.join(",", numbers) + "]");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate((long) Double.BYTES * numbers.size(), Double.BYTES);
            JsonTensorData.read(array, DataType.FP64, numbers.size(), target);
            for (int i = 0; i < numbers.size(); i++) {
                assertThat(target.getAtIndex(ValueLayout.JAVA_DOUBLE, i))
                        .as(numbers.get(i))
                        .isEqualTo(Double.parseDouble(numbers.get(i)));
            }
        }
    }

    private static Stream<String> everyLength() {
        return Stream.of("", "-")
                .flatMap(sign -> Stream.iterate(1, length -> length + 1)
                        .limit(DIGITS.length())
                        .flatMap(length -> Stream.of(
                                sign + DIGITS.substring(0, length),
                                sign + "0." + DIGITS.substring(0, length),
                                sign + DIGITS.substring(0, length) + ".5",
                                sign + DIGITS.substring(0, length) + "." + DIGITS.substring(length) + "5",
                                sign + "7." + DIGITS.substring(0, length) + "e-" + length,
                                sign + "0." + "0".repeat(length) + "1")));
    }

    @Test
    void readsDigitsOfEveryLengthInFrontOfAndBehindThePoint() {
        everyLength().forEach(number -> reads(List.of(number)));
        reads(everyLength().toList());
    }

    @Test
    void readsWhatFloatsAreWrittenAs() {
        SplittableRandom random = new SplittableRandom(11);
        reads(Stream.generate(() -> Float.intBitsToFloat(random.nextInt()))
                .filter(Float::isFinite)
                .limit(100_000)
                .map(value -> Float.toString(value))
                .collect(Collectors.toList()));
    }

    /** Whatever stands behind a digit, also bytes that are no ASCII. */
    @Test
    void aNumberEndsWhereItsDigitsEnd() {
        for (int behind = 0; behind < 256; behind++) {
            String text = "[0.1234567" + (char) behind + "23456789]";
            char next = (char) behind;
            boolean good = next == ',' || (next >= '0' && next <= '9'); // such an exponent no double has
            if (good) {
                assertThat(parse(text).isArray()).as(text).isTrue();
            } else {
                assertThatThrownBy(() -> parse(text)).as(text).isInstanceOf(InferException.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"[-]", "[.5]", "[1.]", "[1.e5]", "[-.12345678]", "[+1]", "[01]", "[1e]", "[1.5e+]", "[--1]"})
    void refusesWhatIsNoNumber(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(InferException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 9, 10, 12_345_678, 99_999_999, 90_000_000, 10_000, 9_999})
    void eightDigitsAreWrittenAndReadBack(int value) {
        byte[] text = new byte[10];
        EightDigits.write(EightDigits.letters(EightDigits.of(value)), text, 1);
        assertThat(new String(text, 1, 8, StandardCharsets.US_ASCII)).isEqualTo(String.format("%08d", value));
        assertThat(EightDigits.count(EightDigits.read(text, 1))).isEqualTo(8);
        assertThat(EightDigits.value(EightDigits.read(text, 1), 8)).isEqualTo(value);
        text[6] = (byte) 0xE9;
        assertThat(EightDigits.count(EightDigits.read(text, 1))).isEqualTo(5);
        assertThat(EightDigits.value(EightDigits.read(text, 1), 5)).isEqualTo(value / 1000);
    }
}
