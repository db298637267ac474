package dev.nereid.bench.engine;

import ai.onnxruntime.OrtEnvironment;
import dev.nereid.bench.LocalKernels;
import dev.nereid.kernels.KernelSet;
import dev.nereid.models.ModelFormatException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One process of a comparison: how fast a JVM's compiled code is differs from process to process, so no single one
 * is believed.
 */
public final class Fork {
    /** What a process does. */
    enum Task {
        COMPARE,
        NEREID_FOOTPRINT,
        ORT_FOOTPRINT
    }

    private static final String RESULT = "RESULT ";

    private Fork() {}

    /** Compares the engines on a case. Empty where that failed. */
    static Optional<Comparison.Measurement> compare(
            int caseIndex, List<String> caseArguments, int threads, double seconds) {
        return start(Task.COMPARE, caseIndex, caseArguments, threads, seconds)
                .map(values -> new Comparison.Measurement(values[0], values[1], values[2]));
    }

    /** Measures what one engine takes. Empty where that failed. */
    static Optional<Footprint> footprint(
            Task task, int caseIndex, List<String> caseArguments, int threads, double mostSeconds) {
        return start(task, caseIndex, caseArguments, threads, mostSeconds)
                .map(values -> new Footprint(values[0], values[1]));
    }

    /** Runs a task in a new JVM with this one's flags; its log goes to our stderr. Empty where it failed. */
    private static Optional<double[]> start(
            Task task, int caseIndex, List<String> caseArguments, int threads, double seconds) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add(Fork.class.getName());
        command.addAll(List.of(task.name(), Integer.toString(caseIndex)));
        command.addAll(List.of(Integer.toString(threads), Double.toString(seconds)));
        command.addAll(caseArguments);
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            // Not an argument: ONNX Runtime 1.29 dies of a command line of more than 4 KiB.
            builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
            Process process = builder.start();
            Optional<double[]> result = Optional.empty();
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith(RESULT)) {
                        result = Optional.of(
                                Arrays.stream(line.substring(RESULT.length()).split(" ", -1))
                                        .mapToDouble(Double::parseDouble)
                                        .toArray());
                    } else {
                        System.err.println(line);
                    }
                }
            }
            return process.waitFor() == 0 ? result : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start a JVM", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /** Entry of the child process: task, case index, threads, seconds, then the arguments that choose the cases. */
    public static void main(String[] args) {
        try {
            run(args);
        } catch (ModelFormatException | IllegalStateException | IllegalArgumentException e) {
            System.err.println("error: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void run(String... args) {
        List<String> chosen = List.of(args).subList(4, args.length);
        EngineCase engineCase = CaseCatalog.of(chosen).get(Integer.parseInt(args[1]));
        int threads = Integer.parseInt(args[2]);
        double seconds = Double.parseDouble(args[3]);
        switch (Task.valueOf(args[0])) {
            case COMPARE -> {
                Comparison.Measurement measured = Comparison.run(engineCase, LocalKernels.chosen(), threads, seconds);
                result(measured.nereidMicros(), measured.ortMicros(), measured.ratio());
            }
            case NEREID_FOOTPRINT -> {
                AtomicReference<KernelSet> kernels = new AtomicReference<>(KernelSet.scalar());
                result(Footprint.measure(
                        engineCase,
                        () -> kernels.set(LocalKernels.chosen()),
                        () -> new NereidEngine(engineCase.file(), kernels.get(), threads),
                        seconds));
            }
            case ORT_FOOTPRINT ->
                result(Footprint.measure(
                        engineCase,
                        OrtEnvironment::getEnvironment,
                        () -> new OrtEngine(engineCase.file(), threads),
                        seconds));
        }
    }

    private static void result(Footprint footprint) {
        result(footprint.loadMillis(), footprint.grownBytes());
    }

    private static void result(double... values) {
        StringBuilder line = new StringBuilder(RESULT.strip());
        for (double value : values) {
            line.append(' ').append(value);
        }
        System.out.println(line);
    }
}
