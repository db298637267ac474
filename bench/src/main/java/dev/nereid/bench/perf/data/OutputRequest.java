package dev.nereid.bench.perf.data;

import java.util.Optional;

/**
 * An output that a request asks for.
 *
 * @param region where the server shall put it; empty for the answer itself
 */
public record OutputRequest(String name, Optional<InferenceRequest.Region> region) {}
