package dev.nereid.server.protocol;

/** Finds the memory that clients registered. Any thread. */
@FunctionalInterface
public interface SharedRanges {
    /** Where no client can register memory. */
    SharedRanges NONE = (region, _, _) -> {
        throw unknown(region);
    };

    /**
     * A part of a region, which the caller closes.
     *
     * @param offset from the region's start; unsigned
     * @param byteSize unsigned
     * @throws InferException if there is no such region or the part does not lie within it
     */
    SharedRange find(String region, long offset, long byteSize);

    /** What a request is told that names a region which is not registered. */
    static InferException unknown(String region) {
        return InferException.notFound("Unable to find shared memory region: '" + region + "'");
    }
}
