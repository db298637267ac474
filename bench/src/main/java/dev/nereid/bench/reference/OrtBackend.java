package dev.nereid.bench.reference;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions.ExecutionMode;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelParameter;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.plan.PlanBackend;
import dev.nereid.server.protocol.InferException;
import java.nio.file.Path;

/**
 * Runs ONNX models with ONNX Runtime: a session a model, all optimisations, as many threads as there are cores unless the
 * config's parameters say otherwise. Configs are completed as Nereid completes them, which is as Triton does.
 */
final class OrtBackend implements Backend, AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final WorkerPool unused = new WorkerPool(1);
    private final PlanBackend completing = new PlanBackend(KernelSet.scalar(), unused);

    @Override
    public String name() {
        return completing.name();
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return completing.complete(config, versionFolder, defaultMaxBatchSize);
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        String file = config.getDefaultModelFilename().isEmpty() ? "model.onnx" : config.getDefaultModelFilename();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setOptimizationLevel(OptLevel.ALL_OPT);
            options.setIntraOpNumThreads(parameter(config, "intra_op_thread_count"));
            options.setInterOpNumThreads(parameter(config, "inter_op_thread_count"));
            options.setExecutionMode(
                    parameter(config, "execution_mode") == 1 ? ExecutionMode.PARALLEL : ExecutionMode.SEQUENTIAL);
            OrtSession session =
                    environment.createSession(versionFolder.resolve(file).toString(), options);
            return new OrtModel(config, String.valueOf(versionFolder.getFileName()), environment, session);
        } catch (OrtException e) {
            throw new InferException(InferException.Code.INTERNAL, "ONNX Runtime: " + e.getMessage(), e);
        }
    }

    /** A number of the config's parameters; 0 where it is not given. */
    private static int parameter(ModelConfig config, String key) {
        String text = config.getParametersOrDefault(key, ModelParameter.getDefaultInstance())
                .getStringValue()
                .strip();
        if (!text.matches("[0-9]{0,4}")) {
            throw InferException.invalid("parameter '" + key + "' of model '" + config.getName()
                    + "': expected a number, got '" + text + "'");
        }
        return text.isEmpty() ? 0 : Integer.parseInt(text);
    }

    @Override
    public void close() {
        unused.close();
    }
}
