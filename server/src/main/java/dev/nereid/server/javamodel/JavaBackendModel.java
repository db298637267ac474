package dev.nereid.server.javamodel;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.model.JavaModel;
import dev.nereid.server.protocol.InferException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.ExecutionException;

/** One version of a model in Java: its jars, and the class that its instances are of. */
final class JavaBackendModel implements BackendModel {
    private final ModelConfig config;
    private final long version;
    private final Path versionFolder;
    private final ModelJars jars;
    private final ModelClass modelClass;
    private final Callees callees;

    /** @param jars belong to the model from now on */
    JavaBackendModel(
            ModelConfig config,
            long version,
            Path versionFolder,
            ModelJars jars,
            ModelClass modelClass,
            Callees callees) {
        this.config = config;
        this.version = version;
        this.versionFolder = versionFolder;
        this.jars = jars;
        this.modelClass = modelClass;
        this.callees = callees;
    }

    @Override
    public ModelInstance newInstance(String instanceName) {
        RequestMemory memory = new RequestMemory(callees.memory());
        InstanceContext context = new InstanceContext(
                config, version, instanceName, versionFolder, new CallingClient(callees, Optional.empty(), memory));
        try {
            return new JavaInstance(
                    instanceName,
                    ModelThread.call(instanceName + "-initialize", jars.loader(), () -> make(context)),
                    jars.loader(),
                    new ResponseMaker(config, version, callees.memory()),
                    callees,
                    memory);
        } catch (ExecutionException e) {
            memory.close();
            if (e.getCause() instanceof InferException error) {
                throw new InferException(error.code(), error.text());
            }
            throw new IllegalStateException("instance '" + instanceName + "' cannot be made", e);
        }
    }

    /** The one place that knows what an error of the model's own classes is; only texts leave it. */
    private JavaModel make(InstanceContext context) {
        JavaModel model = modelClass.make();
        try {
            model.initialize(context);
        } catch (Exception | Error e) {
            throw modelClass.notInitialised(e);
        }
        return model;
    }

    /** Classes and their jars, where they lie. */
    ModelJars jars() {
        return jars;
    }

    /** What a model's objects take is heap. */
    @Override
    public long memoryBytes() {
        return 0;
    }

    @Override
    public void close() {
        jars.close();
    }
}
