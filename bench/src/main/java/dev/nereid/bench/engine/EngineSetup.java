package dev.nereid.bench.engine;

import dev.nereid.bench.LocalKernels;
import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.costs.PlanCache;
import dev.nereid.kernels.cpu.LastLevelCache;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.MemoryUse;
import dev.nereid.models.Precision;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** How the engines run: options of the command line, also of the processes that measure. */
public final class EngineSetup {
    @Option(names = "--threads", defaultValue = "1", description = "Threads of both engines (default 1).")
    private int threads = 1;

    @Option(
            names = "--precision",
            defaultValue = "FP32",
            description = "What ours multiplies constant weights in: fp32 or bf16, as the parameter of a model's config"
                    + " (default fp32). ONNX Runtime stays with the file's floats.")
    private Precision precision = Precision.FP32;

    /** What constant weights may be held as. */
    private enum Weights {
        FP32,
        INT8
    }

    @Option(
            names = "--weights",
            defaultValue = "FP32",
            description =
                    "What ours holds constant weights as that are larger than the last cache: fp32 or int8, as the"
                            + " parameter of a model's config (default fp32).")
    private Weights weights = Weights.FP32;

    @Option(
            names = "--memory",
            defaultValue = "USUAL",
            description =
                    "usual, or low for models as a server loads them with the parameter 'memory' (default usual).")
    private MemoryUse memory = MemoryUse.USUAL;

    @Option(
            names = "--plan-cache-dir",
            defaultValue = "",
            description = "Folder with the costs of this machine's kernels, as for 'serve' (default: none).")
    private String planCache = "";

    /**
     * Checks what was asked for.
     *
     * @throws IllegalArgumentException if it makes no sense
     */
    void check() {
        if (threads < 1) {
            throw new IllegalArgumentException("--threads: expected a number above 0, got " + threads);
        }
    }

    int threads() {
        return threads;
    }

    /** How ours loads a model. */
    LoadOptions load() {
        LoadOptions options = LoadOptions.DEFAULT.withPrecision(precision);
        if (weights == Weights.INT8) {
            options = options.withInt8WeightsBeyond(LastLevelCache.bytes());
        }
        return memory == MemoryUse.LOW ? options.withLowMemory() : options;
    }

    /** Our kernels: a server's with these options. */
    KernelSet kernels() {
        KernelSelection selection = LocalKernels.selection();
        return planCache.isEmpty() ? selection.kernels() : PlanCache.kernels(Path.of(planCache), selection);
    }

    /** These options as a command line has them. */
    List<String> arguments() {
        return List.of(
                "--threads=" + threads,
                "--precision=" + precision,
                "--weights=" + weights,
                "--memory=" + memory,
                "--plan-cache-dir=" + planCache);
    }
}
