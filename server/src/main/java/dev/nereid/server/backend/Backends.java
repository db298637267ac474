package dev.nereid.server.backend;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The backends that the server has, by name. Immutable. */
public final class Backends {
    private final Map<String, Backend> byName = new LinkedHashMap<>();

    public Backends(List<Backend> backends) {
        for (Backend backend : backends) {
            if (byName.put(backend.name(), backend) != null) {
                throw new IllegalArgumentException("two backends are called '" + backend.name() + "'");
            }
        }
    }

    public Optional<Backend> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    public List<String> names() {
        return new ArrayList<>(byName.keySet());
    }
}
