package dev.nereid.models.pytorch.script;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.pytorch.archive.PickleBytes;
import dev.nereid.models.pytorch.archive.PickleBytes.Instance;
import dev.nereid.models.pytorch.archive.PickleBytes.Tuple;
import dev.nereid.models.pytorch.archive.PickleBytes.View;
import dev.nereid.models.pytorch.archive.ZipBytes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Quantised tensors and layers in TorchScript files. The input x is [1, 1, 3] of 1, 2 and -1. */
class QuantizedScriptTest {
    private static final String CLASSES = "__torch__.torch.classes.";
    private static final View STEPS = View.inOrder("QInt8Storage", "0", 2, 3);
    private static final View TAPS = View.inOrder("QInt8Storage", "0", 2, 1, 3);
    private static final byte[] BYTES = {1, 2, 3, -1, 0, 4};
    private static final Object MATRIX = PickleBytes.quantized(STEPS, 0.5, 0);

    @Test
    void aQuantizedTensorIsReadWithItsScale() {
        assertThat(run(MATRIX, "    return torch.dequantize(self.p)\n")).containsExactly(0.5f, 1, 1.5f, -0.5f, 0, 2);
        assertThat(run(MATRIX, "    return torch.add(torch.int_repr(self.p), 1)\n"))
                .containsExactly(2, 3, 4, 0, 1, 5);
        assertThat(run(MATRIX, "    return torch.mul(x, torch.q_scale(self.p))\n"))
                .containsExactly(0.5f, 1, -0.5f);
    }

    @Test
    void aTensorHasAScaleForEachChannel() {
        Object tensor = PickleBytes.quantized(
                STEPS, View.inOrder("DoubleStorage", "1", 2), View.inOrder("LongStorage", "2", 2), 0);
        assertThat(run(tensor, "    return torch.dequantize(self.p)\n")).containsExactly(0.5f, 1, 1.5f, -4, -2, 6);
    }

    @Test
    void aLinearLayerHasPackedWeights() {
        Object packed =
                new Instance(CLASSES + "quantized.LinearPackedParamsBase", Tuple.of(MATRIX, PickleBytes.None.NONE));
        String body = """
                    q = torch.quantize_per_tensor(x, 0.5, 10, 13)
                    y = ops.quantized.linear%s(q, self.p, 0.5, 100)
                    return torch.dequantize(y)
                """;
        assertThat(run(packed, body.formatted(""))).containsExactly(1, -2.5f);
        assertThat(run(packed, body.formatted("_relu"))).containsExactly(1, 0);
    }

    @Test
    void aConvolutionHasPackedWeightsOfEitherVersion() {
        Object taps = PickleBytes.quantized(TAPS, 0.5, 0);
        String body = """
                    q = torch.quantize_per_tensor(x, 0.5, 10, 13)
                    y = ops.quantized.conv1d(q, self.p, 0.5, 100)
                    return torch.dequantize(y)
                """;
        View numbers = View.inOrder("ShortStorage", "3", 7);
        Object second = new Instance(
                CLASSES + "quantized.Conv2dPackedParamsBase",
                Tuple.of("2", List.of(numbers, taps), List.of(PickleBytes.None.NONE)));
        assertThat(run(second, body)).containsExactly(1, -2.5f);
        Object third = new Instance(
                CLASSES + "quantized.Conv2dPackedParamsBase",
                Tuple.of(
                        3L,
                        List.of(1L, 1L, 0L, 1L, 0L, 1L, 0L),
                        List.of(PickleBytes.None.NONE, taps, PickleBytes.None.NONE)));
        assertThat(run(third, body)).containsExactly(1, -2.5f);
        Object wrong = new Instance(
                CLASSES + "quantized.Conv2dPackedParamsBase",
                Tuple.of(3L, List.of(1L, 1L), List.of(PickleBytes.None.NONE, taps, PickleBytes.None.NONE)));
        refused(wrong, body, "has the packed numbers [1, 1]");
    }

    @Test
    void otherClassesOfPyTorchAreRefused() {
        refused(new Instance(CLASSES + "own.Thing", 1L), "    return self.p\n", "PyTorch's class own.Thing");
        refused(
                new Instance(CLASSES + "quantized.LinearPackedParamsBase", Tuple.of(MATRIX)),
                "    return ops.quantized.linear(x, self.p, 1., 0)\n",
                "a tuple of 1");
        refused(MATRIX, "    return torch.int_repr(x)\n", "expected 'self' to be a quantised tensor");
    }

    private static void refused(Object attribute, String body, String message) {
        assertThatExceptionOfType(ModelFormatException.class)
                .isThrownBy(() -> run(attribute, body))
                .withMessageContaining(message);
    }

    private static double[] run(Object attribute, String body) {
        byte[] file = new ZipBytes()
                .stored(
                        "m/data.pkl",
                        PickleBytes.of(new Instance("__torch__.M", Map.of("training", false, "p", attribute))))
                .stored("m/data/0", BYTES)
                .stored("m/data/1", bytes(16).putDouble(0.5).putDouble(2).array())
                .stored("m/data/2", bytes(16).putLong(0).putLong(1).array())
                .stored(
                        "m/data/3",
                        bytes(14)
                                .putShort((short) 1)
                                .putShort((short) 1)
                                .putShort((short) 0)
                                .putShort((short) 1)
                                .putShort((short) 0)
                                .putShort((short) 1)
                                .putShort((short) 0)
                                .array())
                .stored("m/code/__torch__.py", ScriptArchives.module(body))
                .build();
        TensorType taken = TensorType.of(DataType.FP32, Shape.of(1, 1, 3));
        try (Arena arena = Arena.ofConfined();
                SlabPool memory = new SlabPool(1L << 24);
                LoadedModel model = ScriptArchives.load(file, List.of(new DeclaredPorts.Input("x", taken)), memory)) {
            MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, -1);
            try (RunResult result =
                    model.run(List.of(Tensor.of(DataType.FP32, Shape.of(1, 1, 3), segment)), Workers.single())) {
                return numbers(result.outputs().getFirst());
            }
        }
    }

    private static double[] numbers(Tensor tensor) {
        double[] numbers = new double[(int) tensor.shape().elements()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = tensor.dataType() == DataType.FP32
                    ? tensor.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i)
                    : tensor.segment().get(ValueLayout.JAVA_BYTE, i);
        }
        return numbers;
    }

    private static ByteBuffer bytes(int count) {
        return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    }
}
