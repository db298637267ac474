package dev.nereid.models.execute;

import dev.nereid.models.lowering.RunResource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** What the steps of one run share, one of each type. Empty again when it is closed. One thread at a time. */
final class RunResources implements AutoCloseable {
    private final LinkedHashMap<Class<?>, RunResource> made = new LinkedHashMap<>();

    <T extends RunResource> T get(Class<T> type, Supplier<T> make) {
        RunResource known = made.get(type);
        if (known != null) {
            return type.cast(known);
        }
        T resource = make.get();
        made.put(type, resource);
        return resource;
    }

    /** Closes each, whatever others throw; what was made first is closed last. */
    @Override
    public void close() {
        Map.Entry<Class<?>, RunResource> first = made.pollFirstEntry();
        if (first != null) {
            try (RunResource _ = first.getValue()) {
                close();
            }
        }
    }
}
