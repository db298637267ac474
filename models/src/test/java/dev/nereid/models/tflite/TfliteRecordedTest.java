package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.FlatParts.table;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.LoadOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Outputs of TFLite's own run time, recorded in recorded.tsv: quantised ones have to be the same, bit for bit. Small files of
 * one operator each, which the tests write, and public samples in NEREID_TEST_DATA.
 */
class TfliteRecordedTest {
    private static final int FLOAT_BYTES = 4;

    /** What two ways to add floats may differ by. */
    private static final double TOLERANCE = 1e-4;

    /** Weights of 8 bits beside floats: the run time rounds its activations to 8 bits too. */
    private static final double DYNAMIC_RANGE = 1e-2;

    /** The numbers that inputs hold: of 8 bits, or from 0 to before 1. One sequence for all inputs of a model. */
    private static final class RecordedInputs {
        private int seed = 12345;

        private int next() {
            seed = seed * 1103515245 + 12345;
            return seed >>> 8 & 0xffff;
        }

        double bytes(int place) {
            return (next() >> 8) - 128;
        }

        double reals(int place) {
            return next() / 65536.0;
        }
    }

    private static Map<String, byte[]> recorded() throws IOException {
        Map<String, byte[]> outputs = new HashMap<>();
        try (InputStream in = Objects.requireNonNull(TfliteRecordedTest.class.getResourceAsStream("recorded.tsv"))) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.split("\t", -1))
                    .forEach(line -> outputs.put(line[0], Base64.getDecoder().decode(line[1])));
        }
        return outputs;
    }

    private static Map<String, byte[]> operators() {
        FlatParts.Table none = table();
        Map<String, byte[]> files = new HashMap<>(Map.of(
                "FULLY_CONNECTED", TfliteIntegersTest.fullyConnected(),
                "CONV_2D", TfliteIntegersTest.convolution(),
                "DEPTHWISE_CONV_2D", TfliteIntegersTest.depthwise(),
                "AVERAGE_POOL_2D", TfliteIntegersTest.averages(),
                "MAX_POOL_2D", TfliteIntegersTest.greatest(),
                "MEAN", TfliteIntegersTest.mean(),
                "LOGISTIC", TfliteIntegersTest.one("LOGISTIC", none, 1 / 256f, -128),
                "TANH", TfliteIntegersTest.one("TANH", none, 1 / 128f, 0),
                "SOFTMAX", TfliteIntegersTest.one("SOFTMAX", table().with(0, 1f), 1 / 256f, -128),
                "LEAKY_RELU", TfliteIntegersTest.one("LEAKY_RELU", table().with(0, 0.1f), 0.06f, 1)));
        files.put("ELU", TfliteIntegersTest.one("ELU", none, 0.04f, -90));
        Stream.of("RELU", "RELU6", "QUANTIZE")
                .forEach(name -> files.put(name, TfliteIntegersTest.one(name, none, 0.04f, -3)));
        Stream.of("ADD", "SUB", "MUL").forEach(name -> files.put(name, TfliteIntegersTest.two(name)));
        return files;
    }

    @Test
    void operatorsOfQuantizedTensorsGiveWhatTheRunTimeGave() throws IOException {
        Map<String, byte[]> recorded = recorded();
        Map<String, byte[]> operators = operators();
        assertThat(operators).hasSize(17);
        operators.forEach((name, file) -> compare(name, file, Objects.requireNonNull(recorded.get(name)), 0));
    }

    @TestFactory
    Stream<DynamicTest> samplesGiveWhatTheRunTimeGave() throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        Path folder = Path.of(data == null ? "" : data, "later", "formats", "tflite");
        if (data == null || !Files.isDirectory(folder)) {
            System.out.println("SKIPPED TFLite samples: there is no folder later/formats/tflite in NEREID_TEST_DATA");
            return Stream.of();
        }
        Map<String, byte[]> recorded = recorded();
        try (Stream<Path> files = Files.list(folder)) {
            List<DynamicTest> tests = files.sorted()
                    .map(file ->
                            DynamicTest.dynamicTest(String.valueOf(file.getFileName()), () -> sample(file, recorded)))
                    .toList();
            assertThat(tests).hasSizeGreaterThanOrEqualTo(13);
            return tests.stream();
        }
    }

    private static void sample(Path file, Map<String, byte[]> recorded) throws IOException {
        String name = String.valueOf(file.getFileName()).replace(".tflite", "");
        byte[] bytes = Files.readAllBytes(file);
        byte[] expected = recorded.get(name);
        if (expected != null) {
            compare(name, bytes, expected, name.contains("kws") ? DYNAMIC_RANGE : TOLERANCE);
        } else {
            // The run time that was recorded refused it, or runs a part of it by kernels of other roundings.
            RecordedInputs inputs = new RecordedInputs();
            double[] actual =
                    TfliteModels.run(bytes, LoadOptions.DEFAULT, isBytes(bytes) ? inputs::bytes : inputs::reals);
            assertThat(actual).doesNotContain(Double.NaN);
            assertThat(Arrays.stream(actual).distinct().count()).isGreaterThan(1);
        }
    }

    private static boolean isBytes(byte[] file) {
        return TfliteModels.inputType(file).bytes() == 1;
    }

    private static void compare(String name, byte[] file, byte[] expected, double tolerance) {
        for (LoadOptions options : List.of(LoadOptions.DEFAULT, LoadOptions.UNOPTIMIZED)) {
            RecordedInputs inputs = new RecordedInputs();
            boolean bytes = isBytes(file);
            double[] actual = bytes
                    ? TfliteModels.run(file, options, inputs::bytes, inputs::bytes)
                    : TfliteModels.run(file, options, inputs::reals);
            ByteBuffer buffer = ByteBuffer.wrap(expected).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(actual).as(name).hasSize(bytes ? expected.length : expected.length / FLOAT_BYTES);
            for (int i = 0; i < actual.length; i++) {
                double wanted = bytes ? buffer.get(i) : buffer.getFloat(FLOAT_BYTES * i);
                assertThat(Math.abs(actual[i] - wanted))
                        .as("%s at %d: expected %s, got %s", name, i, wanted, actual[i])
                        .isLessThanOrEqualTo(bytes ? 0 : tolerance * Math.max(1, Math.abs(wanted)));
            }
        }
    }
}
