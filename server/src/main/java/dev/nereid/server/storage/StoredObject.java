package dev.nereid.server.storage;

import java.time.Instant;
import java.util.Objects;

/**
 * An object as a store lists it.
 *
 * @param key its whole name, in which slashes stand for folders
 * @param bytes its size
 * @param modified when it was written
 * @param tag differs where the content does; empty where the store says none
 */
public record StoredObject(String key, long bytes, Instant modified, String tag) {
    public StoredObject {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(modified, "modified");
        Objects.requireNonNull(tag, "tag");
    }
}
