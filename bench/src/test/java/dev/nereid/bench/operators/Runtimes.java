package dev.nereid.bench.operators;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.nereid.bench.LocalKernels;
import dev.nereid.bench.engine.OrtTypes;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs a small model once, by ONNX Runtime or by us. */
final class Runtimes {
    private Runtimes() {}

    /** What ONNX Runtime gives. */
    static List<Outcome> onnxRuntime(ModelProto model, List<Tensor> inputs) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> given = new LinkedHashMap<>();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            try (OrtSession session = environment.createSession(model.toByteArray(), options)) {
                Iterator<Tensor> tensors = inputs.iterator();
                for (var input : model.getGraph().getInputList()) {
                    given.put(input.getName(), tensor(environment, tensors.next()));
                }
                try (OrtSession.Result result = session.run(given)) {
                    List<Outcome> outcomes = new ArrayList<>();
                    for (Map.Entry<String, OnnxValue> output : result) {
                        outcomes.add(outcome((OnnxTensor) output.getValue()));
                    }
                    return outcomes;
                }
            }
        } finally {
            given.values().forEach(OnnxTensor::close);
        }
    }

    private static OnnxTensor tensor(OrtEnvironment environment, Tensor tensor) throws OrtException {
        ByteBuffer buffer =
                ByteBuffer.allocateDirect(Math.toIntExact(tensor.byteSize())).order(ByteOrder.nativeOrder());
        buffer.put(tensor.segment().asSlice(0, tensor.byteSize()).asByteBuffer());
        return OnnxTensor.createTensor(
                environment, buffer.rewind(), tensor.shape().dims(), OrtTypes.of(tensor.dataType()));
    }

    private static Outcome outcome(OnnxTensor tensor) {
        TensorInfo info = tensor.getInfo();
        DataType type = OrtTypes.of(info.type);
        Shape shape = Shape.of(info.getShape());
        MemorySegment segment = Arena.ofAuto().allocate(Math.max(8, shape.elements() * type.bytes()), 64);
        if (shape.elements() > 0) {
            segment.copyFrom(MemorySegment.ofBuffer(tensor.getByteBuffer()));
        }
        return new Outcome(type, shape.dims(), Data.values(Tensor.of(type, shape, segment)));
    }

    /** What we give. */
    static List<Outcome> nereid(ModelProto model, LoadOptions options, List<Tensor> inputs) {
        try {
            Path file = Files.createTempFile("case", ".onnx");
            try (SlabPool memory = new SlabPool(1 << 20)) {
                Files.write(file, model.toByteArray());
                try (LoadedModel loaded = ModelLoader.load(file, options, LocalKernels.chosen(), memory);
                        RunResult result = loaded.run(inputs, Workers.single())) {
                    return result.outputs().stream()
                            .map(tensor -> new Outcome(
                                    tensor.dataType(), tensor.shape().dims(), Data.values(tensor)))
                            .toList();
                }
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
