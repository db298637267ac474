package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.FlatParts.bytes;
import static dev.nereid.models.tflite.FlatParts.integers;
import static dev.nereid.models.tflite.FlatParts.reals;
import static dev.nereid.models.tflite.FlatParts.table;
import static dev.nereid.models.tflite.FlatParts.text;
import static dev.nereid.models.tflite.FlatParts.wides;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.nativekernels.NativeOverlay;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntToDoubleFunction;

/** Files of one subgraph, written tensor by tensor and operator by operator, and runs of them. */
final class TfliteModels {
    static final KernelSet KERNELS = KernelSelection.of(
                    KernelSelection.parse("native"), List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
            .kernels();

    static final int FLOAT = 0;
    static final int INT32 = 2;
    static final int INT8 = 9;

    /** Numbers of the union of options. */
    private static final Map<String, Integer> OPTIONS = Map.ofEntries(
            Map.entry("CONV_2D", 1),
            Map.entry("DEPTHWISE_CONV_2D", 2),
            Map.entry("AVERAGE_POOL_2D", 5),
            Map.entry("MAX_POOL_2D", 5),
            Map.entry("FULLY_CONNECTED", 8),
            Map.entry("SOFTMAX", 9),
            Map.entry("ADD", 11),
            Map.entry("MUL", 21),
            Map.entry("MEAN", 27),
            Map.entry("SUB", 28),
            Map.entry("SQUEEZE", 30),
            Map.entry("STRIDED_SLICE", 32),
            Map.entry("LEAKY_RELU", 75));

    private final List<FlatParts.Table> codes = new ArrayList<>();
    private final List<FlatParts.Table> buffers = new ArrayList<>(List.of(table()));
    private final List<FlatParts.Table> tensors = new ArrayList<>();
    private final List<FlatParts.Table> operators = new ArrayList<>();

    /** A tensor that is no constant; its number. */
    int tensor(int type, int... shape) {
        return add(type, 0, FlatParts.table(), shape);
    }

    /** A quantised tensor that is no constant. */
    int quantized(float scale, long zeroPoint, int... shape) {
        return add(INT8, 0, steps(zeroPoint, scale), shape);
    }

    int floats(int[] shape, float... values) {
        return constant(FLOAT, reals(values), table(), shape);
    }

    int numbers(int... values) {
        return constant(INT32, integers(values), table(), values.length);
    }

    int biases(int... values) {
        return numbers(values);
    }

    /** Weights with a scale a channel of the first axis, or one for all. */
    int weights(int[] shape, float[] scales, byte... values) {
        return weights(shape, scales, 0, values);
    }

    /** Weights with a scale a channel of an axis. */
    int weights(int[] shape, float[] scales, int axis, byte... values) {
        return constant(INT8, bytes(values), steps(0, scales).with(6, axis), shape);
    }

    private static FlatParts.Table steps(long zeroPoint, float... scales) {
        long[] zeroPoints = new long[scales.length];
        java.util.Arrays.fill(zeroPoints, zeroPoint);
        return table().with(2, reals(scales)).with(3, wides(zeroPoints));
    }

    private int constant(int type, FlatParts.Elements data, FlatParts.Table steps, int... shape) {
        buffers.add(table().with(0, bytes(data.bytes())));
        return add(type, buffers.size() - 1, steps, shape);
    }

    private int add(int type, int buffer, FlatParts.Table steps, int... shape) {
        tensors.add(table().with(0, integers(shape))
                .with(1, (byte) type)
                .with(2, buffer)
                .with(3, text("t" + tensors.size()))
                .with(4, steps));
        return tensors.size() - 1;
    }

    /** An operator with one output. */
    TfliteModels operator(String name, FlatParts.Table options, int output, int... inputs) {
        FlatParts.Table operator = table().with(0, codes(BuiltinOperatorNames.code(name), ""))
                .with(1, integers(inputs))
                .with(2, integers(output));
        if (OPTIONS.containsKey(name)) {
            operator.with(3, OPTIONS.get(name).byteValue()).with(4, options);
        }
        operators.add(operator);
        return this;
    }

    private int codes(int number, String custom) {
        codes.add(table().with(0, (byte) Math.min(number, 127))
                .with(1, text(custom))
                .with(3, number));
        return codes.size() - 1;
    }

    TfliteModels custom(String name, byte[] options, int output, int... inputs) {
        operators.add(table().with(0, codes(BuiltinOperatorNames.code("CUSTOM"), name))
                .with(1, integers(inputs))
                .with(2, integers(output))
                .with(5, bytes(options)));
        return this;
    }

    byte[] file(int output, int... inputs) {
        FlatParts.Table subgraph = table().with(0, new FlatParts.Parts(tensors))
                .with(1, integers(inputs))
                .with(2, integers(output))
                .with(3, new FlatParts.Parts(operators));
        return FlatParts.file(
                "TFL3",
                table().with(0, 3)
                        .with(1, new FlatParts.Parts(codes))
                        .with(2, new FlatParts.Parts(List.of(subgraph)))
                        .with(4, new FlatParts.Parts(buffers)));
    }

    /** The first output of a run whose inputs hold what a function gives for each place. */
    static double[] run(byte[] file, IntToDoubleFunction... inputs) {
        double[] optimized = run(file, LoadOptions.DEFAULT, inputs);
        double[] plain = run(file, LoadOptions.UNOPTIMIZED, inputs);
        org.assertj.core.api.Assertions.assertThat(optimized)
                .containsExactly(plain, org.assertj.core.data.Offset.offset(1e-4));
        return optimized;
    }

    static double[] run(byte[] file, LoadOptions options, IntToDoubleFunction... inputs) {
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1L << 28);
                LoadedModel model = ModelLoader.load(file, options, KERNELS, memory)) {
            List<Tensor> tensors = new ArrayList<>();
            for (int i = 0; i < model.inputs().size(); i++) {
                tensors.add(filled(arena, model.inputs().get(i).type(), inputs[i]));
            }
            try (RunResult result = model.run(tensors, Workers.single())) {
                return numbers(result.outputs().getFirst());
            }
        }
    }

    /** The type of a model's first input. */
    static DataType inputType(byte[] file) {
        try (SlabPool memory = new SlabPool(1L << 28);
                LoadedModel model = ModelLoader.load(file, LoadOptions.UNOPTIMIZED, KERNELS, memory)) {
            return model.inputs().getFirst().type().dataType();
        }
    }

    private static Tensor filled(Arena arena, dev.nereid.models.graph.TensorType type, IntToDoubleFunction values) {
        Shape shape = Shape.of(type.dims().orElseThrow().stream()
                .mapToLong(dim -> dim.isKnown() ? dim.value() : 1)
                .toArray());
        MemorySegment segment =
                arena.allocate(shape.elements() * type.dataType().bytes(), 64);
        for (int i = 0; i < shape.elements(); i++) {
            double value = values.applyAsDouble(i);
            switch (type.dataType()) {
                case FP32 -> segment.set(ValueLayout.JAVA_FLOAT, 4L * i, (float) value);
                case INT32 -> segment.set(ValueLayout.JAVA_INT, 4L * i, (int) value);
                default -> segment.set(ValueLayout.JAVA_BYTE, i, (byte) value);
            }
        }
        return Tensor.of(type.dataType(), shape, segment);
    }

    private static double[] numbers(Tensor tensor) {
        double[] numbers = new double[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = tensor.dataType() == DataType.FP32
                    ? tensor.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i)
                    : tensor.dataType() == DataType.INT32
                            ? tensor.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i)
                            : tensor.segment().get(ValueLayout.JAVA_BYTE, i);
        }
        return numbers;
    }
}
