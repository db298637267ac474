package dev.nereid.server.sharedmemory;

/**
 * A registered region as clients see it.
 *
 * @param key the name of the shared memory object, as the client wrote it
 * @param offset where in the object the region begins
 */
public record RegionStatus(String name, String key, long offset, long byteSize) {}
