package dev.nereid.bench.engine;

import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What one engine takes in a process of its own.
 *
 * @param loadMillis from the file to a model that can run, the library already loaded
 * @param grownBytes growth of the resident memory from the process's begin over loading the library, the model, and
 *     {@value #RUNS} runs, or as many as there was time for
 */
record Footprint(double loadMillis, double grownBytes) {
    private static final int RUNS = 100;

    /**
     * Measures the engine that {@code load} makes, in this process, which must not have done anything else.
     *
     * @param library loads what the engine needs before any model
     * @param mostSeconds the longest that the runs may take
     */
    static Footprint measure(EngineCase engineCase, Runnable library, Supplier<Engine> load, double mostSeconds) {
        long before = residentBytes();
        library.run();
        long start = System.nanoTime();
        try (Engine engine = load.get()) {
            double loadMillis = (System.nanoTime() - start) / 1e6;
            try (Arena arena = Arena.ofShared()) {
                Map<String, Tensor> inputs = engineCase.inputs(engine.inputs(), arena);
                engine.bind(inputs);
                long end = System.nanoTime() + (long) (mostSeconds * 1e9);
                for (int run = 0; run < RUNS && System.nanoTime() < end; run++) {
                    engine.run();
                }
                return new Footprint(loadMillis, residentBytes() - before);
            }
        }
    }

    /** Resident memory of this process; 0 where the system does not tell. */
    private static long residentBytes() {
        Path status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return 0;
        }
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
                }
            }
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + status, e);
        }
    }
}
