package dev.nereid.server.javamodel;

import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.model.JavaModel;
import dev.nereid.server.protocol.InferException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An object of a model's class. Holds no core of the machine while it executes: it may wait for models that need one.
 */
final class JavaInstance implements ModelInstance {
    private static final Logger LOG = LoggerFactory.getLogger(JavaInstance.class);

    private final String name;
    private final JavaModel model;
    private final ClassLoader loader;
    private final ResponseMaker maker;
    private final Callees callees;
    private final RequestMemory memory;

    /**
     * An instance that is initialised.
     *
     * @param loader of the model's classes
     * @param memory what the model holds in nobody's name; closed with the instance
     */
    JavaInstance(
            String name,
            JavaModel model,
            ClassLoader loader,
            ResponseMaker maker,
            Callees callees,
            RequestMemory memory) {
        this.name = name;
        this.model = model;
        this.loader = loader;
        this.maker = maker;
        this.callees = callees;
        this.memory = memory;
    }

    @Override
    public void execute(Batch batch) {
        batch.executions().getFirst().stage(Execution.Stage.INPUT_DONE);
        List<ExecutionRequest> requests = batch.executions().stream()
                .map(execution -> new ExecutionRequest(execution, maker, callees))
                .toList();
        try {
            ContextLoader.inModel(loader, () -> {
                model.execute(List.copyOf(requests));
                return true;
            });
        } catch (InferException e) {
            failRest(requests, new InferException(e.code(), e.text()));
        } catch (Exception | Error e) {
            // Its text alone goes on: the exception itself may be of the model's classes, which are not to be kept.
            LOG.error("instance '{}' failed to execute {} requests", name, requests.size(), e);
            failRest(requests, InferException.internal("instance '" + name + "' failed to execute: " + e));
        }
        if (!maker.decoupled()) {
            failRest(requests, InferException.internal("instance '" + name + "' returned without an answer"));
        }
    }

    private static void failRest(List<ExecutionRequest> requests, InferException error) {
        for (ExecutionRequest request : requests) {
            if (!request.isAnswered()) {
                try {
                    request.fail(error);
                } catch (IllegalStateException e) {
                    LOG.debug("answered by another thread in this very moment", e);
                }
            }
        }
    }

    @Override
    public void close() {
        try {
            ModelThread.call(name + "-close", loader, () -> {
                model.close();
                return true;
            });
        } catch (ExecutionException e) {
            LOG.error("instance '{}' failed to close", name, e.getCause());
        } finally {
            memory.close();
        }
    }
}
