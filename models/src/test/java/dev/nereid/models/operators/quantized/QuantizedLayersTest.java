package dev.nereid.models.operators.quantized;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.operators.Expected;
import dev.nereid.models.operators.OperatorCase;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.operators.attention.Floats;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layers with quantised weights against the same layers with the weights dequantised by plain loops. */
class QuantizedLayersTest {
    /** Bytes with what they stand for: [outer, inner, columns], a scale and a zero point for each of outer and column. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Quantized(Tensor bytes, Tensor scale, Tensor zeroPoint, double[] floats) {
        static Quantized of(DataType type, long seed, int outer, int inner, int columns, boolean byColumn) {
            Random random = new Random(seed);
            int scales = byColumn ? outer * columns : outer;
            double[] scale = new double[scales];
            int[] zero = new int[scales];
            for (int i = 0; i < scales; i++) {
                scale[i] = (float) (0.001 + 0.01 * random.nextDouble());
                zero[i] = random.nextInt(20) + (type == DataType.UINT8 ? 100 : -10);
            }
            int[] numbers = new int[outer * inner * columns];
            double[] floats = new double[numbers.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = random.nextInt(256) - (type == DataType.UINT8 ? 0 : 128);
                int part = i / (inner * columns);
                int at = byColumn ? part * columns + i % columns : part;
                floats[i] = (float) ((numbers[i] - zero[at]) * scale[at]);
            }
            return new Quantized(
                    Tensors.bytes(type, numbers).withShape(Shape.of(outer, inner, columns)),
                    Floats.of(DataType.FP32, scale, scales),
                    Tensors.bytes(type, zero),
                    floats);
        }

        /** As a single matrix. */
        Quantized shaped(long... dims) {
            return new Quantized(bytes.withShape(Shape.of(dims)), scale, zeroPoint, floats);
        }

        Tensor dense(long... dims) {
            return Floats.of(DataType.FP32, floats, dims);
        }
    }

    private static Expected expected(Tensor tensor) {
        return Expected.of(Floats.values(tensor), tensor.shape().dims());
    }

    private static Expected[] expected(List<Tensor> tensors) {
        return tensors.stream().map(QuantizedLayersTest::expected).toArray(Expected[]::new);
    }

    @ParameterizedTest
    @CsvSource({
        "UINT8, INT8, true, 0, 0",
        "INT8, INT8, false, 1, 0",
        "UINT8, UINT8, true, 1, 0",
        "UINT8, INT8, true, 1, 1",
        "INT8, INT8, false, 0, 1"
    })
    void attentionIsThatOfDequantisedTensors(
            DataType x, DataType weights, boolean byColumn, int unidirectional, int rotary) {
        Quantized tokens = Quantized.of(x, 1, 1, 6, 8, false).shaped(2, 3, 8);
        Quantized projection = Quantized.of(weights, 2, 1, 8, 24, byColumn).shaped(8, 24);
        Tensor bias = Floats.floats(3, 24);
        Tensor past = Floats.floats(4, 2, 2, 2, 2, 4);
        Tensor mask = Tensors.ints(1, 1, 1, 1, 1, 0, 1, 1, 1, 1).withShape(Shape.of(2, 5));
        List<Tensor> plain = OperatorCase.microsoft("Attention")
                .with("num_heads", 2)
                .with("unidirectional", unidirectional)
                .with("do_rotary", rotary)
                .data(tokens.dense(2, 3, 8))
                .argument(projection.dense(8, 24))
                .argument(bias)
                .data(mask)
                .data(past)
                .outputs(2)
                .tensors();
        OperatorCase.microsoft("QAttention")
                .with("num_heads", 2)
                .with("unidirectional", unidirectional)
                .with("do_rotary", rotary)
                .data(tokens.bytes())
                .argument(projection.bytes())
                .argument(bias)
                .argument(tokens.scale())
                .argument(projection.scale())
                .data(mask)
                .argument(tokens.zeroPoint())
                .argument(projection.zeroPoint())
                .data(past)
                .gives(1e-5, expected(plain));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 5, 8, 400})
    void refusesRowsThatAreNotAsLongAsTheirMatrixIsHigh(int length) {
        OperatorCase product = OperatorCase.of("dev.nereid", "DynamicQuantizedMatMul", 1)
                .data(Floats.floats(1, 2, 3, length))
                .argument(Tensors.bytes(DataType.INT8, new int[80]).withShape(Shape.of(4, 20)))
                .argument(Floats.of(DataType.FP32, new double[] {0.5}, 1));
        assertThatThrownBy(product::run).hasMessageContaining("expected as many columns of");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "4, 1", "8, 1", "3, 3", "300, 1"})
    void refusesFiltersForOtherChannels(int channels, int group) {
        OperatorCase convolution = OperatorCase.of("ConvInteger", 10)
                .with("group", group)
                .data(Tensors.bytes(DataType.UINT8, new int[channels * 36]).withShape(Shape.of(1, channels, 6, 6)))
                .argument(Tensors.bytes(DataType.INT8, new int[3 * 3 * 9]).withShape(Shape.of(3, 3, 3, 3)));
        assertThatThrownBy(convolution::run).hasMessageContaining("expected filters for the " + channels + " channels");
    }

    private static OperatorCase depthwise(int scales, int zeroPoints, int biases) {
        return OperatorCase.of("QLinearConv", 10)
                .with("group", 32)
                .data(Tensors.bytes(DataType.UINT8, new int[32 * 36]).withShape(Shape.of(1, 32, 6, 6)))
                .argument(Floats.of(DataType.FP32, new double[] {0.5}, 1))
                .argument(Tensors.bytes(DataType.UINT8, 3))
                .argument(Tensors.bytes(DataType.INT8, new int[32 * 9]).withShape(Shape.of(32, 1, 3, 3)))
                .data(Floats.of(DataType.FP32, new double[scales], scales))
                .data(Tensors.bytes(DataType.INT8, new int[zeroPoints]))
                .argument(Floats.of(DataType.FP32, new double[] {0.5}, 1))
                .argument(Tensors.bytes(DataType.UINT8, 3))
                .data(Tensors.ints(new int[biases]));
    }

    /** The kernels in C are told where these lie, and read one for each filter. */
    @ParameterizedTest
    @CsvSource({"32, 1, 0", "32, 1, 1", "32, 1, 31", "32, 1, 33", "31, 1, 32", "2, 1, 32", "32, 31, 32", "32, 2, 32"})
    void refusesScalesZeroPointsAndBiasesThatAreNotOneEach(int scales, int zeroPoints, int biases) {
        depthwise(32, 32, 32).run();
        depthwise(1, 1, 32).run();
        OperatorCase convolution = depthwise(scales, zeroPoints, biases);
        assertThatThrownBy(convolution::run).hasMessageContaining("expected").hasMessageContaining("got shape");
    }

    @ParameterizedTest
    @CsvSource({"dilations, -1", "dilations, 0", "dilations, -4000000", "strides, -1", "strides, 0"})
    void refusesStepsThatGoNowhere(String attribute, long step) {
        OperatorCase convolution = OperatorCase.of("ConvInteger", 10)
                .with(attribute, new long[] {step})
                .with("pads", new long[] {0, -20})
                .data(Tensors.bytes(DataType.UINT8, new int[36]).withShape(Shape.of(1, 4, 9)))
                .argument(Tensors.bytes(DataType.INT8, new int[24]).withShape(Shape.of(2, 4, 3)));
        assertThatThrownBy(convolution::run)
                .hasMessageContaining("attribute '" + attribute + "': expected numbers of at least 1");
    }

    @Test
    void refusesFiltersThatDoNotMakeSoManyGroups() {
        OperatorCase convolution = OperatorCase.of("ConvInteger", 10)
                .with("group", 2)
                .data(Tensors.bytes(DataType.UINT8, new int[2]).withShape(Shape.of(1, 2, 1)))
                .argument(Tensors.bytes(DataType.INT8, new int[3]).withShape(Shape.of(3, 1, 1)));
        assertThatThrownBy(convolution::run).hasMessageContaining("do not make 2 groups");
    }

    @Test
    void attentionNeedsNoMaskPastAndZeroPoints() {
        Tensor weights = Tensors.bytes(DataType.INT8, 1, 0, 0, 1, 2, 0, 0, 1, 1, 0, 0, 2);
        OperatorCase.microsoft("QAttention")
                .with("num_heads", 1)
                .data(Tensors.bytes(DataType.UINT8, 2, 4).withShape(Shape.of(1, 1, 2)))
                .argument(weights.withShape(Shape.of(2, 6)))
                .argument(Floats.of(DataType.FP32, new double[6], 6))
                .argument(Floats.of(DataType.FP32, new double[] {0.5}, 1))
                .argument(Floats.of(DataType.FP32, new double[] {0.25}, 1))
                .gives(1e-6, Expected.of(new double[] {0.125 * 2 * 2, 0.125 * 4 * 2}, 1, 1, 2));
    }

    @ParameterizedTest
    @CsvSource({
        "forward, INT8, true, false",
        "reverse, UINT8, false, true",
        "bidirectional, UINT8, true, true",
        "bidirectional, INT8, false, false"
    })
    void recurrentLayerIsThatOfDequantisedWeights(
            String direction, DataType type, boolean byColumn, boolean peepholes) {
        int directions = direction.equals("bidirectional") ? 2 : 1;
        Quantized w = Quantized.of(type, 1, directions, 3, 16, byColumn);
        Quantized r = Quantized.of(type, 2, directions, 4, 16, byColumn);
        Tensor x = Floats.floats(3, 5, 2, 3);
        Tensor bias = Floats.floats(4, directions, 32);
        Tensor lengths = Tensors.ints(5, 3);
        Tensor h = Floats.floats(5, directions, 2, 4);
        Tensor c = Floats.floats(6, directions, 2, 4);
        Tensor p = Floats.floats(7, directions, 12);
        OperatorCase plain = OperatorCase.of("LSTM", 14)
                .with("hidden_size", 4)
                .with("direction", direction)
                .data(x)
                .argument(Floats.of(DataType.FP32, transposed(w, directions, 3), directions, 16, 3))
                .argument(Floats.of(DataType.FP32, transposed(r, directions, 4), directions, 16, 4))
                .argument(bias)
                .data(lengths)
                .data(h)
                .data(c);
        OperatorCase quantized = OperatorCase.microsoft("DynamicQuantizeLSTM")
                .with("hidden_size", 4)
                .with("direction", direction)
                .data(x)
                .argument(w.bytes())
                .argument(r.bytes())
                .argument(bias)
                .data(lengths)
                .data(h)
                .data(c);
        Shape scales = byColumn ? Shape.of(directions, 16) : Shape.of(directions);
        if (peepholes) {
            plain.argument(p);
            quantized.argument(p);
        } else {
            quantized.absent();
        }
        quantized
                .argument(w.scale().withShape(scales))
                .argument(w.zeroPoint().withShape(scales))
                .argument(r.scale().withShape(scales))
                .argument(r.zeroPoint().withShape(scales))
                .gives(1e-5, expected(plain.outputs(3).tensors()));
    }

    private static double[] transposed(Quantized matrix, int outer, int inner) {
        double[] values = new double[matrix.floats().length];
        int columns = values.length / outer / inner;
        for (int i = 0; i < values.length; i++) {
            int part = i / (inner * columns);
            int row = i / columns % inner;
            values[(part * columns + i % columns) * inner + row] = matrix.floats()[i];
        }
        return values;
    }

    @Test
    void recurrentLayerMayGiveItsLastStateAlone() {
        Quantized w = Quantized.of(DataType.INT8, 1, 1, 3, 8, false);
        Quantized r = Quantized.of(DataType.INT8, 2, 1, 2, 8, false);
        Tensor x = Floats.floats(3, 2, 1, 3);
        List<Tensor> all = lstm(x, w, r).outputs(3).tensors();
        lstm(x, w, r).without(0).without(1).gives(1e-6, expected(all.get(2)));
    }

    private static OperatorCase lstm(Tensor x, Quantized w, Quantized r) {
        OperatorCase node = OperatorCase.microsoft("DynamicQuantizeLSTM")
                .with("hidden_size", 2)
                .data(x)
                .argument(w.bytes())
                .argument(r.bytes());
        for (int i = 3; i < 8; i++) {
            node.absent();
        }
        return node.argument(w.scale()).absent().argument(r.scale()).absent();
    }

    @ParameterizedTest
    @CsvSource({"UINT8, true", "INT8, false"})
    void embeddingIsThatOfDequantisedTables(DataType type, boolean bounds) {
        Quantized words = Quantized.of(type, 1, 1, 7, 4, false).shaped(7, 4);
        Quantized positions = Quantized.of(type, 2, 1, 5, 4, false).shaped(5, 4);
        Quantized kinds = Quantized.of(type, 3, 1, 2, 4, false).shaped(2, 4);
        Quantized gamma = Quantized.of(type, 4, 1, 1, 4, false).shaped(4);
        Quantized beta = Quantized.of(type, 5, 1, 1, 4, false).shaped(4);
        Tensor ids = Tensors.ints(6, 0, 3, 1, 1, 2).withShape(Shape.of(2, 3));
        Tensor kindIds = Tensors.ints(0, 1, 1, 0, 0, 1).withShape(Shape.of(2, 3));
        Tensor mask = Tensors.ints(1, 1, 0, 1, 1, 1).withShape(Shape.of(2, 3));
        OperatorCase plain = OperatorCase.microsoft("EmbedLayerNormalization").data(ids);
        OperatorCase quantized =
                OperatorCase.microsoft("QEmbedLayerNormalization").data(ids);
        if (bounds) {
            plain.data(kindIds).argument(words.dense(7, 4)).argument(positions.dense(5, 4));
            plain.argument(kinds.dense(2, 4));
            quantized.data(kindIds).argument(words.bytes()).argument(positions.bytes());
            quantized.argument(kinds.bytes());
        } else {
            plain.absent().argument(words.dense(7, 4)).argument(positions.dense(5, 4));
            plain.absent();
            quantized.absent().argument(words.bytes()).argument(positions.bytes());
            quantized.absent();
        }
        plain.argument(gamma.dense(4)).argument(beta.dense(4));
        quantized.argument(gamma.bytes()).argument(beta.bytes());
        if (bounds) {
            plain.data(mask);
            quantized.data(mask);
        } else {
            quantized.absent();
        }
        List<Quantized> tensors = List.of(words, positions, kinds, gamma, beta);
        for (Quantized tensor : tensors) {
            leaveOutKinds(quantized, bounds || !tensor.equals(kinds), scalar(tensor.scale()));
        }
        for (Quantized tensor : tensors) {
            leaveOutKinds(quantized, bounds || !tensor.equals(kinds), scalar(tensor.zeroPoint()));
        }
        quantized.gives(1e-4, expected(plain.outputs(2).tensors()));
    }

    private static Tensor scalar(Tensor tensor) {
        return tensor.withShape(Shape.SCALAR);
    }

    private static void leaveOutKinds(OperatorCase node, boolean there, Tensor tensor) {
        if (there) {
            node.argument(tensor);
        } else {
            node.absent();
        }
    }
}
