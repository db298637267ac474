package dev.nereid.bench.engine;

import dev.nereid.bench.models.DoubleModel;
import dev.nereid.kernels.KernelSet;
import dev.nereid.models.LoadOptions;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rounding errors of both engines on the same inputs. The exact numbers are those of the model in doubles, not rewritten,
 * whose kernels are plain loops and products of doubles of their own.
 */
final class Accuracy {
    /**
     * How many times ONNX Runtime's errors ours may be.
     *
     * @param rms of the root of the mean of the squares
     * @param largest of the largest error, which a single element decides
     */
    record Bounds(double rms, double largest) {
        /** Of sums of products as the model has them. */
        static final Bounds SUMS = new Bounds(1.5, 2);

        /** Of models whose 3 x 3 convolutions may go by Winograd's algorithm, which ONNX Runtime does not use. */
        static final Bounds WINOGRAD = new Bounds(5, 12);
    }

    /** The errors of both engines in one output of floats. */
    record Pair(int output, Deviation ours, Deviation theirs) {
        boolean isWithin(Bounds bounds) {
            return ours.isWithin(bounds, theirs);
        }
    }

    private final KernelSet kernels;
    private final LoadOptions options;

    /** @param options how ours loads the model */
    Accuracy(KernelSet kernels, LoadOptions options) {
        this.kernels = kernels;
        this.options = options;
    }

    /**
     * The errors in each output of floats.
     *
     * @throws dev.nereid.models.ModelFormatException if our engine has no kernels for the model in doubles
     * @throws IllegalStateException if ONNX Runtime cannot run the model
     */
    List<Pair> of(EngineCase one) throws IOException {
        Path doubles = Files.createTempFile("nereid-double", ".onnx");
        try (Arena arena = Arena.ofShared();
                NereidEngine ours = new NereidEngine(one.file(), kernels, options);
                OrtEngine theirs = new OrtEngine(one.file(), 1)) {
            Map<String, Tensor> inputs = one.inputs(ours.inputs(), arena);
            try (InputStream in = Files.newInputStream(one.file())) {
                Files.write(doubles, DoubleModel.of(ModelProto.parseFrom(in)).toByteArray());
            }
            List<double[]> exact = exact(doubles, inputs, arena);
            ours.bind(inputs);
            theirs.bind(inputs);
            return pairs(ours.outputs(), theirs.outputs(), exact, ours.outputTypes());
        } finally {
            Files.delete(doubles);
        }
    }

    private List<double[]> exact(Path file, Map<String, Tensor> inputs, Arena arena) {
        try (NereidEngine engine = new NereidEngine(file, kernels, LoadOptions.UNOPTIMIZED)) {
            Map<String, Tensor> doubles = new LinkedHashMap<>();
            inputs.forEach((name, tensor) ->
                    doubles.put(name, tensor.dataType() == DataType.FP32 ? doubles(tensor, arena) : tensor));
            engine.bind(doubles);
            return engine.outputs();
        }
    }

    private static Tensor doubles(Tensor floats, Arena arena) {
        long count = floats.shape().elements();
        MemorySegment memory = arena.allocate(Math.max(1, count) * Double.BYTES, 64);
        for (long i = 0; i < count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_DOUBLE, i, floats.segment().getAtIndex(ValueLayout.JAVA_FLOAT, i));
        }
        return Tensor.of(DataType.FP64, floats.shape(), memory);
    }

    private static List<Pair> pairs(
            List<double[]> ours, List<double[]> theirs, List<double[]> exact, List<DataType> types) {
        List<Pair> pairs = new ArrayList<>();
        for (int output = 0; output < exact.size(); output++) {
            if (types.get(output) == DataType.FP32 && exact.get(output).length > 0) {
                pairs.add(new Pair(
                        output,
                        Deviation.of(ours.get(output), exact.get(output)),
                        Deviation.of(theirs.get(output), exact.get(output))));
            }
        }
        return pairs;
    }
}
