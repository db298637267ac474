package dev.nereid.server.config;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How models are computed.
 *
 * @param kernelLayers the layers of kernels that may be used, as {@link KernelSelection#parse} says
 * @param threads threads that compute, at least 1
 * @param planCache the folder of {@link dev.nereid.kernels.costs.PlanCache}
 */
public record EngineConfig(List<String> kernelLayers, int threads, Optional<Path> planCache) {
    public EngineConfig {
        kernelLayers = List.copyOf(kernelLayers);
        if (threads < 1) {
            throw new IllegalArgumentException("expected at least 1 thread, got " + threads);
        }
    }

    /** Reads {@code --threads}, {@code --kernels} and {@code --plan-cache-dir}. */
    static EngineConfig read(ParsedFlags flags) {
        int threads = flags.integer("threads", Runtime.getRuntime().availableProcessors());
        if (threads < 1) {
            throw CommandLineException.badOption("threads", "Expected at least 1. Got " + threads);
        }
        return new EngineConfig(
                kernelLayers(flags), threads, flags.text("plan-cache-dir").map(Path::of));
    }

    /** Reads {@code --kernels} alone. */
    public static List<String> kernelLayers(ParsedFlags flags) {
        try {
            return flags.text("kernels").map(KernelSelection::parse).orElse(KernelSelection.LAYERS);
        } catch (IllegalArgumentException e) {
            throw CommandLineException.badOption("kernels", String.valueOf(e.getMessage()));
        }
    }
}
