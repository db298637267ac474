package dev.nereid.server.javamodel;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.ensemble.StepModels;
import java.net.URLConnection;
import java.nio.file.Path;

/** Models whose code is a jar in their folder. What Triton's python backend is for models in Python. */
public final class JavaBackend implements Backend {
    private static final String NAME = "java";

    private final Callees callees;

    /**
     * A backend.
     *
     * @param models that a model's code may ask; the first call comes when a model is initialised
     * @param memory what responses lie in, and requests to other models
     */
    public JavaBackend(StepModels models, SlabPool memory, Clock clock) {
        this.callees = new Callees(models, memory, clock);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean runsModelCode() {
        return true;
    }

    /** The config must be complete: nothing reads inputs and outputs from a class. */
    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        return config;
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        if (config.getSequenceBatching().getStateCount() > 0) {
            throw InferException.unsupported(ModelJars.start(config)
                    + "sequence_batching has states, which code keeps by itself: expected none");
        }
        ModelClass.name(config);
        // A cached connection to a resource in a jar would keep the jar open when its model is gone.
        URLConnection.setDefaultUseCaches("jar", false);
        ModelJars jars = ModelJars.open(config, versionFolder);
        try {
            return new JavaBackendModel(
                    config,
                    Long.parseLong(String.valueOf(versionFolder.getFileName())),
                    versionFolder,
                    jars,
                    ModelClass.find(config, jars.loader()),
                    callees);
        } catch (RuntimeException | Error e) {
            jars.close();
            throw e;
        }
    }
}
