package dev.nereid.bench.reference;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.protocol.InferException;
import java.util.Collection;
import java.util.List;

/** A session, shared by the model's instances, which may run in it at the same time. */
final class OrtModel implements BackendModel {
    private static final long RETAINED_BYTES = 256L << 20;

    private final ModelConfig config;
    private final String version;
    private final OrtEnvironment environment;
    private final OrtSession session;
    private final SlabPool memory = new SlabPool(RETAINED_BYTES);

    /** @param session belongs to this object */
    OrtModel(ModelConfig config, String version, OrtEnvironment environment, OrtSession session) throws OrtException {
        this.config = config;
        this.version = version;
        this.environment = environment;
        this.session = session;
        requireNumbers(session.getInputInfo().values());
        requireNumbers(session.getOutputInfo().values());
    }

    private static void requireNumbers(Collection<NodeInfo> ports) {
        for (NodeInfo port : ports) {
            if (!(port.getInfo() instanceof TensorInfo info) || info.type == OnnxJavaType.STRING) {
                throw InferException.unsupported("'" + port.getName()
                        + "': the reference server takes tensors of numbers alone, got " + port.getInfo());
            }
        }
    }

    String name() {
        return config.getName();
    }

    String version() {
        return version;
    }

    boolean batches() {
        return config.getMaxBatchSize() > 0;
    }

    List<String> outputs() {
        return config.getOutputList().stream().map(ModelOutput::getName).toList();
    }

    OrtEnvironment environment() {
        return environment;
    }

    OrtSession session() {
        return session;
    }

    SlabPool memory() {
        return memory;
    }

    @Override
    public ModelInstance newInstance(String instanceName) {
        return new OrtInstance(this);
    }

    @Override
    public long memoryBytes() {
        return memory.usedBytes() + memory.retainedBytes();
    }

    @Override
    public void close() {
        memory.close();
        try {
            session.close();
        } catch (OrtException e) {
            throw new InferException(InferException.Code.INTERNAL, "ONNX Runtime: " + e.getMessage(), e);
        }
    }
}
