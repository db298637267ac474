package dev.nereid.models.conformance;

import dev.nereid.kernels.KernelSet;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.device.Device;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Runs a suite of ONNX backend tests, laid out {@code <group>/<test>/{model.onnx,test_data_set_N/{input,output}_N.pb}}
 * in a folder or a zip file. Every test is for itself: whatever one throws is its failure and no other's.
 */
public final class ConformanceRunner {
    /**
     * How the tests are run.
     *
     * @param dump where computed outputs go, laid out as the suite is; empty for nowhere
     * @param device where everything goes that has a kernel there; empty for the CPU alone
     */
    public record Options(LoadOptions load, KernelSet kernels, Optional<Path> dump, Optional<Device> device) {
        /** On the CPU alone. */
        public Options(LoadOptions load, KernelSet kernels, Optional<Path> dump) {
            this(load, kernels, dump, Optional.empty());
        }
    }

    private ConformanceRunner() {}

    /**
     * Runs every test of the suite in order of name. Prints a line for each failure, and at last the summary alone on a
     * line.
     *
     * @param suite a folder or a zip file
     * @throws IOException if the suite itself cannot be read
     */
    public static Summary run(Path suite, Options options, PrintWriter out) throws IOException {
        return run(suite, options, _ -> true, out);
    }

    /** As {@link #run(Path, Options, PrintWriter)}, of the tests whose names {@code chosen} accepts. */
    public static Summary run(Path suite, Options options, Predicate<String> chosen, PrintWriter out)
            throws IOException {
        if (!suite.toString().toLowerCase(Locale.ROOT).endsWith(".zip")) {
            return run(ConformanceCase.find(suite, chosen), options, out);
        }
        URI uri = URI.create("jar:" + suite.toAbsolutePath().toUri());
        try (FileSystem zip = FileSystems.newFileSystem(uri, Map.of())) {
            return run(ConformanceCase.find(zip.getPath("/"), chosen), options, out);
        }
    }

    private static Summary run(List<ConformanceCase> cases, Options options, PrintWriter out) throws IOException {
        List<String> passed = new ArrayList<>();
        SortedMap<String, String> failed = new TreeMap<>();
        List<String> skipped = new ArrayList<>();
        Path scratch = Files.createTempDirectory("nereid-conformance");
        try {
            CaseRunner runner = new CaseRunner(options, scratch);
            for (ConformanceCase test : cases) {
                switch (runner.run(test)) {
                    case CaseRunner.Outcome.Passed _ -> passed.add(test.name());
                    case CaseRunner.Outcome.Skipped _ -> skipped.add(test.name());
                    case CaseRunner.Outcome.Failed(String reason) -> {
                        failed.put(test.name(), reason);
                        out.println("FAIL " + test.name() + ": " + reason);
                        out.flush();
                    }
                }
            }
        } finally {
            Files.deleteIfExists(scratch);
        }
        Summary summary = new Summary(List.copyOf(passed), failed, List.copyOf(skipped));
        out.println(summary);
        out.flush();
        return summary;
    }
}
