package dev.nereid.server;

import java.util.List;

/**
 * How models are computed.
 *
 * @param kernelLayers the layers of kernels that may be used, as {@link dev.nereid.kernels.KernelSelection#parse} says
 * @param threads threads that compute, at least 1
 */
public record EngineConfig(List<String> kernelLayers, int threads) {
    public EngineConfig {
        kernelLayers = List.copyOf(kernelLayers);
        if (threads < 1) {
            throw new IllegalArgumentException("expected at least 1 thread, got " + threads);
        }
    }
}
