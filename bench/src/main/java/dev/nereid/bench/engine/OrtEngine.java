package dev.nereid.bench.engine;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.TensorInfo;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * ONNX Runtime through its Java API at its best: all optimisations, its arena on, inputs in direct buffers, outputs
 * written into tensors bound beforehand.
 */
final class OrtEngine implements Engine {
    private static final Map<DataType, OnnxJavaType> TYPES = Map.of(
            DataType.FP32, OnnxJavaType.FLOAT,
            DataType.FP64, OnnxJavaType.DOUBLE,
            DataType.INT64, OnnxJavaType.INT64,
            DataType.INT32, OnnxJavaType.INT32,
            DataType.INT8, OnnxJavaType.INT8,
            DataType.UINT8, OnnxJavaType.UINT8,
            DataType.BOOL, OnnxJavaType.BOOL);

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    private final Map<String, OnnxTensor> pinned = new LinkedHashMap<>();
    private final List<String> inputNames;

    OrtEngine(Path file, List<String> inputNames, int threads) {
        this.inputNames = inputNames;
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(threads);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OptLevel.ALL_OPT);
            this.session = environment.createSession(file.toString(), options);
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot load " + file + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void bind(List<Tensor> tensors) {
        try {
            for (int i = 0; i < tensors.size(); i++) {
                Tensor tensor = tensors.get(i);
                ByteBuffer buffer = direct(tensor.byteSize());
                buffer.put(tensor.segment().asSlice(0, tensor.byteSize()).asByteBuffer());
                buffer.rewind();
                OnnxJavaType type = TYPES.get(tensor.dataType());
                inputs.put(
                        inputNames.get(i),
                        OnnxTensor.createTensor(
                                environment, buffer, tensor.shape().dims(), type));
            }
            bindOutputs();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot bind inputs: " + e.getMessage(), e);
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
            throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
        }
    }

    @Override
    public float[] firstOutput() {
        try (OrtSession.Result result = session.run(inputs)) {
            if (result.get(0) instanceof OnnxTensor tensor && tensor.getInfo().type == OnnxJavaType.FLOAT) {
                float[] values = new float[(int) tensor.getInfo().getNumElements()];
                tensor.getFloatBuffer().get(values);
                return values;
            }
            return new float[0];
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
        }
    }

    private static ByteBuffer direct(long bytes) {
        return ByteBuffer.allocateDirect(Math.toIntExact(bytes)).order(ByteOrder.nativeOrder());
    }

    @Override
    public void close() {
        inputs.values().forEach(OnnxTensor::close);
        pinned.values().forEach(OnnxTensor::close);
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException("ONNX Runtime cannot close: " + e.getMessage(), e);
        }
    }
}
