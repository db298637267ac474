package dev.nereid.server.backend.builtin;

import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.ModelInstance;
import java.util.function.Function;

/** A model of a backend for tests: its instances are all that there is of it. */
final class FilelessModel implements BackendModel {
    private final Function<String, ModelInstance> instances;

    /** @param instances makes one, given its name */
    FilelessModel(Function<String, ModelInstance> instances) {
        this.instances = instances;
    }

    @Override
    public ModelInstance newInstance(String instanceName) {
        return instances.apply(instanceName);
    }

    @Override
    public long memoryBytes() {
        return 0;
    }

    @Override
    public void close() {}
}
