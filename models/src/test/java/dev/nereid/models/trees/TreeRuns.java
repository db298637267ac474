package dev.nereid.models.trees;

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
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.nativekernels.NativeOverlay;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;

/** Runs models of bytes on rows of numbers. */
final class TreeRuns {
    static final KernelSet KERNELS = KernelSelection.of(
                    KernelSelection.parse("native"), List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
            .kernels();

    private TreeRuns() {}

    /** The answers to rows, in the type that the model has by itself. */
    static double[] run(byte[] file, Map<String, String> parameters, int features, double... rows) {
        return run(file, new DeclaredPorts(List.of(), List.of(), parameters), features, rows);
    }

    /** As the other method, with rows of FP32, which a config declares. */
    static double[] runFloats(byte[] file, int features, double... rows) {
        TensorType type = TensorType.of(DataType.FP32, List.of(Dim.symbol("rows"), Dim.of(features)));
        return run(
                file,
                new DeclaredPorts(List.of(new DeclaredPorts.Input("x", type)), List.of("y"), Map.of()),
                features,
                rows);
    }

    /** What each feature adds to the sums, in the type that the model has by itself. */
    static double[] contributions(byte[] file, int features, double... rows) {
        return run(file, new DeclaredPorts(List.of(), List.of(TreeGraph.CONTRIBUTIONS)), features, rows);
    }

    private static double[] run(byte[] file, DeclaredPorts declared, int features, double... rows) {
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1L << 26);
                LoadedModel model =
                        ModelLoader.load(file, LoadOptions.DEFAULT.withDeclared(declared), KERNELS, memory)) {
            DataType type = model.inputs().getFirst().type().dataType();
            MemorySegment segment = arena.allocate(8L * Math.max(1, rows.length), 64);
            for (int i = 0; i < rows.length; i++) {
                set(segment, type, i, rows[i]);
            }
            Tensor x = Tensor.of(
                    type,
                    Shape.of(rows.length / features, features),
                    segment.asSlice(0, (long) type.bytes() * rows.length));
            try (RunResult result = model.run(List.of(x), Workers.single())) {
                return numbers(result.outputs().getFirst());
            }
        }
    }

    /** The elements of a tensor of FP32 or FP64. */
    static double[] numbers(Tensor tensor) {
        double[] numbers = new double[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = tensor.dataType() == DataType.FP64
                    ? tensor.segment().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8L * i)
                    : tensor.segment().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i);
        }
        return numbers;
    }

    private static void set(MemorySegment segment, DataType type, int index, double value) {
        if (type == DataType.FP64) {
            segment.setAtIndex(ValueLayout.JAVA_DOUBLE, index, value);
        } else {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) value);
        }
    }
}
