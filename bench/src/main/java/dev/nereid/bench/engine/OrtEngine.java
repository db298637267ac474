package dev.nereid.bench.engine;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.TensorInfo;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * ONNX Runtime through its Java API at its best: all optimisations, its arena and its spinning threads on, inputs in
 * direct buffers, outputs written into tensors bound beforehand.
 */
final class OrtEngine implements Engine {
    private static final String ENDING = ".onnx";

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    private final Map<String, OnnxTensor> pinned = new LinkedHashMap<>();

    /**
     * Loads the model.
     *
     * @param file ONNX, or a file of another format beside which the same model is as ONNX
     * @throws IllegalStateException if there is none, or ONNX Runtime does not load it
     */
    OrtEngine(Path file, int threads) {
        Path onnx = onnx(file);
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OptLevel.ALL_OPT);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
            this.session = environment.createSession(onnx.toString(), options);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot load " + onnx + ": " + e.getMessage(), e);
        }
    }

    /** The file with the ending .onnx in place of its last one, or of all. */
    private static Path onnx(Path file) {
        String name = String.valueOf(file.getFileName());
        if (name.endsWith(ENDING) || name.indexOf('.') < 0) {
            return file;
        }
        return Stream.of(name.lastIndexOf('.'), name.indexOf('.'))
                .map(end -> file.resolveSibling(name.substring(0, end) + ENDING))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() ->
                        new IllegalStateException("ONNX Runtime reads ONNX alone: expected the same model as "
                                + file.resolveSibling(name.substring(0, name.indexOf('.')) + ENDING) + ", found none"));
    }

    @Override
    public List<InputPort> inputs() {
        List<InputPort> ports = new ArrayList<>();
        try {
            for (NodeInfo input : session.getInputInfo().values()) {
                if (!(input.getInfo() instanceof TensorInfo info)) {
                    throw new IllegalStateException("input '" + input.getName() + "' is no tensor");
                }
                long[] dims = Arrays.stream(info.getShape())
                        .map(dim -> dim < 0 ? 1 : dim)
                        .toArray();
                ports.add(new InputPort(input.getName(), OrtTypes.of(info.type), Shape.of(dims)));
            }
        } catch (OrtException e) {
            throw failed("tell its inputs", e);
        }
        return ports;
    }

    @Override
    public void bind(Map<String, Tensor> tensors) {
        release();
        try {
            Iterator<Tensor> inOrder = tensors.values().iterator();
            for (String name : session.getInputNames()) {
                Tensor next = inOrder.next();
                Tensor tensor = tensors.getOrDefault(name, next);
                ByteBuffer buffer = direct(tensor.byteSize());
                buffer.put(tensor.segment().asSlice(0, tensor.byteSize()).asByteBuffer());
                buffer.rewind();
                OnnxJavaType type = OrtTypes.of(tensor.dataType());
                inputs.put(
                        name,
                        OnnxTensor.createTensor(
                                environment, buffer, tensor.shape().dims(), type));
            }
            bindOutputs();
        } catch (OrtException e) {
            throw failed("bind inputs", e);
        }
    }

    /** Outputs of a first run tell the shapes of the tensors that later runs write into. */
    private void bindOutputs() throws OrtException {
        try (OrtSession.Result result = session.run(inputs)) {
            for (Map.Entry<String, OnnxValue> output : result) {
                if (output.getValue() instanceof OnnxTensor tensor && bindable(tensor.getInfo())) {
                    TensorInfo info = tensor.getInfo();
                    long bytes = Math.max(1, info.getNumElements()) * info.type.size;
                    pinned.put(
                            output.getKey(),
                            OnnxTensor.createTensor(environment, direct(bytes), info.getShape(), info.type));
                }
            }
        }
    }

    private static boolean bindable(TensorInfo info) {
        return info.type != OnnxJavaType.STRING && info.type != OnnxJavaType.UNKNOWN && info.getNumElements() > 0;
    }

    @Override
    public void run() {
        try (OrtSession.Result _ = session.run(inputs, pinned)) {
            Thread.onSpinWait();
        } catch (OrtException e) {
            throw failed("run", e);
        }
    }

    @Override
    public List<double[]> outputs() {
        List<double[]> outputs = new ArrayList<>();
        try (OrtSession.Result result = session.run(inputs)) {
            for (Map.Entry<String, OnnxValue> output : result) {
                boolean numbers = output.getValue() instanceof OnnxTensor tensor && bindable(tensor.getInfo());
                outputs.add(numbers ? numbers((OnnxTensor) output.getValue()) : new double[0]);
            }
        } catch (OrtException e) {
            throw failed("run", e);
        }
        return outputs;
    }

    private static double[] numbers(OnnxTensor tensor) {
        TensorInfo info = tensor.getInfo();
        return TensorNumbers.of(OrtTypes.of(info.type), Math.toIntExact(info.getNumElements()), tensor.getByteBuffer());
    }

    private static IllegalStateException failed(String what, OrtException e) {
        return new IllegalStateException("ONNX Runtime cannot " + what + ": " + e.getMessage(), e);
    }

    private static ByteBuffer direct(long bytes) {
        return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
    }

    private void release() {
        inputs.values().forEach(OnnxTensor::close);
        inputs.clear();
        pinned.values().forEach(OnnxTensor::close);
        pinned.clear();
    }

    @Override
    public void close() {
        release();
        try {
            session.close();
        } catch (OrtException e) {
            throw failed("close", e);
        }
    }
}
