package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Numbers of large documents, which are read while they are checked, against the same numbers each in a document of its own,
 * where they are read one by one.
 */
class NumberRunsTest {
    private static final int MANY = 3000;
    private static final int[] REAL_STYLES = {0, 1, 2, 3, 4, 5, 6, 7};
    /** Those of numbers that integers can hold; among them are some that they cannot, which are left out. */
    private static final int[] INTEGER_STYLES = {2, 3};

    private static final List<String> ODD = List.of(
            "0",
            "-0",
            "-0.0",
            "1e5",
            "1E-5",
            "-1.5e+3",
            "1e-400",
            "4.9e-324",
            "2.2250738585072011e-308",
            "NaN",
            "-Infinity",
            "1.7976931348623157e308",
            "9007199254740993",
            "9007199254740993.0",
            "9223372036854775807",
            "-9223372036854775808",
            "9223372036854775808",
            "18446744073709551615",
            "18446744073709551616",
            "0.000000003257718877591710",
            "123456789.123456789",
            "12345678.5",
            "1234567.123456789012",
            "1.00000000000000011102230246251565",
            "9999999999999999",
            "99999999999999999",
            "-0.0000000000000000000001");

    private static String number(int style, SplittableRandom random) {
        return switch (random.nextInt(30) == 0 ? 8 : style) {
            case 0 -> Float.toString(random.nextFloat() * 2 - 1);
            case 1 -> Double.toString(random.nextDouble() * 2 - 1);
            case 2 -> Integer.toString(random.nextInt(300));
            case 3 -> Long.toString(random.nextLong() >> random.nextInt(63));
            case 4 -> Float.toString(Math.scalb(random.nextFloat(), random.nextInt(40) - 20));
            case 5 -> Double.toString(Math.scalb(random.nextDouble(), random.nextInt(200) - 100));
            case 6 -> middle(random);
            case 7 -> random.nextInt(3) == 0 ? "1" : Double.toString(random.nextFloat() * 100);
            default -> ODD.get(random.nextInt(ODD.size()));
        };
    }

    /** What lies between two doubles, or nearly so. */
    private static String middle(SplittableRandom random) {
        double lower = Math.scalb(1 + random.nextDouble(), random.nextInt(80) - 43);
        return new BigDecimal(lower)
                .add(new BigDecimal(Math.nextUp(lower)))
                .divide(BigDecimal.TWO)
                .round(new MathContext(16 + random.nextInt(5)))
                .toPlainString();
    }

    private static JsonValue parse(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.ISO_8859_1);
        return JsonValue.parse(bytes, 0, bytes.length);
    }

    private static byte[] read(String json, DataType type, int count) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate((long) type.bytes() * count, Long.BYTES);
            JsonTensorData.read(parse(json), type, count, target);
            return target.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    /** The bytes of a tensor, or the text of the error. */
    private static String outcome(DataType type, int count, String json) {
        try {
            return new String(read(json, type, count), StandardCharsets.ISO_8859_1);
        } catch (InferException e) {
            return e.text();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {
                "FP32", "FP64", "FP16", "BF16", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64"
            })
    void everyNumberIsReadAsItIsAlone(DataType type) {
        SplittableRandom random = new SplittableRandom(type.bytes());
        boolean real = type.kind() == DataType.Kind.FLOAT;
        for (int style : real ? REAL_STYLES : INTEGER_STYLES) {
            List<String> numbers = new ArrayList<>();
            StringBuilder expected = new StringBuilder();
            while (numbers.size() < MANY) {
                String number = number(style, random);
                String alone = outcome(type, 1, "[" + number + "]");
                if (alone.length() == type.bytes()) {
                    numbers.add(number);
                    expected.append(alone);
                }
            }
            for (Function<List<String>, String> form : forms()) {
                assertThat(outcome(type, MANY, form.apply(numbers)))
                        .as("style %d", style)
                        .isEqualTo(expected.toString());
            }
        }
    }

    private static List<Function<List<String>, String>> forms() {
        return List.of(
                numbers -> "[" + String.join(",", numbers) + "]",
                numbers -> "[ " + String.join(" ,\n ", numbers) + " ]",
                numbers -> rows(numbers, 1, ","),
                numbers -> rows(numbers, 3, ", "),
                numbers -> rows(numbers, 100, ","),
                numbers -> "[[" + rows(numbers.subList(0, 1200), 3, ",") + ",[],[]],"
                        + rows(numbers.subList(1200, MANY), 30, ",") + "]");
    }

    private static String rows(List<String> numbers, int length, String separator) {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < numbers.size(); i += length) {
            text.append(i == 0 ? "[" : "]" + separator + "[")
                    .append(String.join(separator, numbers.subList(i, Math.min(i + length, numbers.size()))));
        }
        return text.append("]]").toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0.5x|Missing a comma or ] after an array element.|3",
                "01|Missing a comma or ] after an array element.|1",
                "-01.5|Missing a comma or ] after an array element.|2",
                "1.|Missing fraction part in number.|2",
                "1.e5|Missing fraction part in number.|2",
                "-.5|Invalid value.|1",
                ".5|Invalid value.|0",
                "+1|Invalid value.|0",
                "--1|Invalid value.|1",
                "1e|Missing exponent in number.|2",
                "0.12345678é|Missing a comma or ] after an array element.|10",
                "0.1.2|Missing a comma or ] after an array element.|3",
                "12-3|Missing a comma or ] after an array element.|2",
                "0.1 2|Missing a comma or ] after an array element.|4",
                "0.123456789012345678901234x|Missing a comma or ] after an array element.|26"
            })
    void whatIsNoNumberIsRefusedWhereItIs(String text, String message, int offset) {
        for (String before :
                List.of("0.25,".repeat(MANY), "7,".repeat(MANY), "0.25],[".repeat(MANY), "-1, ".repeat(MANY))) {
            String json = "[[" + before + text + "," + "0.5,".repeat(100) + "1]]";
            assertThatThrownBy(() -> parse(json))
                    .isInstanceOf(InferException.class)
                    .hasMessage("failed to parse the request JSON buffer: " + message + " at "
                            + (2 + before.length() + offset));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[%s", "{\"a\":[%s],[1]}", "[%s],[1]", "[%s]]", "{\"a\":[[%s],2],\"b\":[1},3]}"})
    void bracketsThatDoNotMatchAreRefused(String form) {
        assertThatThrownBy(() -> parse(form.formatted("1.5,".repeat(MANY) + "2")))
                .isInstanceOf(InferException.class);
        assertThatThrownBy(() -> parse(form.formatted("15,".repeat(MANY) + "2")))
                .isInstanceOf(InferException.class);
    }

    @Test
    void whatADatatypeCannotHoldIsRefusedWhereverItIs() {
        String integers = "[" + "17,".repeat(MANY);
        assertThat(outcome(DataType.INT32, MANY + 1, integers + "1.5]"))
                .isEqualTo("Unable to parse 'data': attempt to access JSON non-signed-integer as signed-integer");
        assertThat(outcome(DataType.UINT8, MANY + 1, integers + "-1]"))
                .isEqualTo("Unable to parse 'data': attempt to access JSON non-unsigned-integer as unsigned-integer");
        assertThat(outcome(DataType.FP64, MANY + 1, integers + "true]"))
                .isEqualTo("Unable to parse 'data': attempt to access JSON non-number as double");
        assertThat(outcome(DataType.FP32, MANY + 1, integers + "1e999]"))
                .isEqualTo("failed to parse the request JSON buffer: Number too big to be stored in double. at "
                        + integers.length());
        assertThat(outcome(DataType.BOOL, MANY + 1, integers + "1]"))
                .isEqualTo("Unable to parse 'data': attempt to access JSON non-boolean as boolean");
    }

    @Test
    void theNumberOfElementsIsThatOfTheShape() {
        String numbers = "[[" + "0.5,".repeat(MANY - 1) + "1]]";
        assertThat(outcome(DataType.FP32, MANY - 1, numbers))
                .isEqualTo("Unable to parse 'data': Shape does not match true shape of 'data' field");
        assertThat(outcome(DataType.FP32, MANY + 1, numbers))
                .isEqualTo("Failed to parse 'data' field: shape does not match true shape");
    }

    @Test
    void rowsAreFoundOneByOneToo() {
        JsonValue.Elements rows = parse("[" + "[0.25,0.5],".repeat(MANY) + "[1,\"" + "x".repeat(300) + "\"],[7]]")
                .elements();
        for (int i = 0; i < MANY; i++) {
            assertThat(rows.next()).isTrue();
            JsonValue.Elements row = rows.value().elements();
            assertThat(row.next()).isTrue();
            assertThat(row.value().asDouble()).isEqualTo(0.25);
        }
        assertThat(rows.next()).isTrue();
        assertThat(rows.next()).isTrue();
        assertThat(rows.value().end() - rows.value().start()).isEqualTo(3);
        assertThat(rows.next()).isFalse();
    }
}
