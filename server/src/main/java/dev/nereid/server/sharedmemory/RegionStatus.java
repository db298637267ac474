package dev.nereid.server.sharedmemory;

/** A registered region as clients see it. */
public sealed interface RegionStatus {
    String name();

    long byteSize();

    /**
     * A part of a shared memory object of the system.
     *
     * @param key the name of the object, as the client wrote it
     * @param offset where in the object the region begins
     */
    record OfSystem(String name, String key, long offset, long byteSize) implements RegionStatus {}

    /**
     * Memory of a GPU.
     *
     * @param device the GPU's number
     */
    record OfGpu(String name, int device, long byteSize) implements RegionStatus {}
}
