package dev.nereid.perf.data;

import java.util.Optional;

/**
 * An output that a request asks for.
 *
 * @param region where the server puts it; empty for the response
 */
public record RequestedOutput(String name, Optional<RegionSlice> region) {
    /** An output in the response. */
    public static RequestedOutput inResponse(String name) {
        return new RequestedOutput(name, Optional.empty());
    }
}
