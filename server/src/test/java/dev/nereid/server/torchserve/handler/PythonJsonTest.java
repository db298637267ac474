package dev.nereid.server.torchserve.handler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.RequestBudget;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PythonJsonTest {
    @ParameterizedTest
    @CsvSource({
        "0.12452761083841324, 0.12452761083841324",
        "1, 1.0",
        "-0.0, -0.0",
        "0, 0.0",
        "100, 100.0",
        "0.001, 0.001",
        "0.0001, 0.0001",
        "0.00012345, 0.00012345",
        "0.00001, 1e-05",
        "0.000012345, 1.2345e-05",
        "12345678.9, 12345678.9",
        "1e15, 1000000000000000.0",
        "123456789012345680, 1.2345678901234568e+17",
        "9999999999999998, 9999999999999998.0",
        "1e16, 1e+16",
        "1e22, 1e+22",
        "1e23, 1e+23",
        "-2.5e-7, -2.5e-07",
        "4.9e-324, 5e-324",
        "9.9e-324, 1e-323",
        "2.2250738585072014e-308, 2.2250738585072014e-308",
        "1.7976931348623157e308, 1.7976931348623157e+308",
        "2e-300, 2e-300",
        "NaN, NaN",
        "Infinity, Infinity",
        "-Infinity, -Infinity"
    })
    void doublesAreWrittenAsReprWritesThem(double value, String expected) {
        assertThat(PythonJson.repr(value)).isEqualTo(expected);
    }

    @Test
    void everyDoubleReadsBackAsItself() {
        long seed = 7;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            double value = Double.longBitsToDouble(random.nextLong());
            if (Double.isFinite(value)) {
                assertThat(Double.parseDouble(PythonJson.repr(value))).isEqualTo(value);
            }
        }
    }

    @Test
    void manyFloatsAreWrittenAsOneByOne() {
        SplittableRandom random = new SplittableRandom(5);
        float[] floats = new float[3000];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = switch (i % 4) {
                case 0 -> random.nextFloat() * 2 - 1;
                case 1 -> Float.intBitsToFloat(random.nextInt());
                case 2 -> random.nextInt(-5, 6);
                default -> (float) (random.nextDouble() * Math.pow(10, random.nextInt(-8, 20)));
            };
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_FLOAT, floats);
            for (PythonJson.Style style : PythonJson.Style.values()) {
                for (int count : new int[] {0, 1, 5, 1024, floats.length - 1}) {
                    String together = written(
                            style,
                            json -> json.beginArray()
                                    .floats(segment, Float.BYTES, count)
                                    .endArray());
                    String single = written(style, json -> {
                        json.beginArray();
                        for (int i = 1; i <= count; i++) {
                            json.value((double) floats[i]);
                        }
                        json.endArray();
                    });
                    assertThat(together).as("%s of %d", style, count).isEqualTo(single);
                    assertThat(single.replaceAll("[\\[\\]\\s]", ""))
                            .isEqualTo(IntStream.rangeClosed(1, count)
                                    .mapToObj(i -> PythonJson.repr(floats[i]))
                                    .collect(Collectors.joining(",")));
                }
            }
        }
    }

    @Test
    void indentedTextIsThatOfIndentTwo() {
        assertThat(written(PythonJson.Style.INDENTED, PythonJsonTest::writeSample))
                .isEqualTo("""
                {
                  "a": [
                    1,
                    [],
                    {},
                    [
                      true
                    ]
                  ],
                  "b": "x",
                  "c": 0.5
                }""");
    }

    @Test
    void textOnOneLineHasSpacesBehindCommasAndColons() {
        assertThat(written(PythonJson.Style.ONE_LINE, PythonJsonTest::writeSample))
                .isEqualTo("{\"a\": [1, [], {}, [true]], \"b\": \"x\", \"c\": 0.5}");
    }

    private static void writeSample(PythonJson json) {
        json.beginObject().name("a").beginArray().value(1);
        json.beginArray().endArray().beginObject().endObject();
        json.beginArray().value(true).endArray().endArray();
        json.name("b").value("x").name("c").value(0.5).endObject();
    }

    @Test
    void textIsAscii() {
        assertThat(written(PythonJson.Style.ONE_LINE, json -> json.value("é\"\\\n\t\r\b\f\u0001\u007f~😀/")))
                .isEqualTo("\"\\u00e9\\\"\\\\\\n\\t\\r\\b\\f\\u0001\\u007f~\\ud83d\\ude00/\"");
    }

    @Test
    void whatIsWrittenCountsAsTheRequestsHeap() {
        RequestBudget budget = RequestBudget.ofHeap(1 << 20);
        try (RequestBudget.Share share = budget.open()) {
            PythonJson json = new PythonJson(PythonJson.Style.ONE_LINE, share);
            json.value("x".repeat(100_000));
            assertThat(share.held()).isGreaterThan(100_000);
        }
        assertThat(budget.used()).isZero();
    }

    private static String written(PythonJson.Style style, Consumer<PythonJson> writing) {
        PythonJson json = new PythonJson(style, RequestBudget.unlimited().open());
        writing.accept(json);
        return new String(json.toBytes(), StandardCharsets.US_ASCII);
    }
}
