package dev.nereid.bench.engine;

import ai.onnxruntime.OrtEnvironment;
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
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine;

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
    private static final int SETUP_ARGUMENTS = new EngineSetup().arguments().size();

    private Fork() {}

    /**
     * Which cases a process is about.
     *
     * @param arguments what chooses all cases on its command line
     * @param first place of the first of its own among them
     * @param count how many are its own; all of one model
     */
    record Cases(List<String> arguments, int first, int count) {
        Cases {
            arguments = List.copyOf(arguments);
        }

        /** The case at a place of these alone. */
        Cases one(int place) {
            return new Cases(arguments, first + place, 1);
        }
    }

    /** Compares the engines on cases: their places among these, and what was measured; without those that failed. */
    static Map<Integer, EngineComparison.Measurement> compare(Cases cases, EngineSetup setup, double seconds) {
        Map<Integer, EngineComparison.Measurement> measured = new TreeMap<>();
        start(Task.COMPARE, cases, setup, seconds)
                .forEach((place, values) ->
                        measured.put(place, new EngineComparison.Measurement(values[0], values[1], values[2])));
        return measured;
    }

    /** Measures what one engine takes for one case. Empty where that failed. */
    static Optional<Footprint> footprint(Task task, Cases one, EngineSetup setup, double mostSeconds) {
        return Optional.ofNullable(start(task, one, setup, mostSeconds).get(0))
                .map(values -> new Footprint(values[0], values[1]));
    }

    /** Runs a task in a new JVM with this one's flags; its log goes to our stderr. The results by the cases' places. */
    private static Map<Integer, double[]> start(Task task, Cases cases, EngineSetup setup, double seconds) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.add(Fork.class.getName());
        command.addAll(List.of(task.name(), Integer.toString(cases.first()), Integer.toString(cases.count())));
        command.add(Double.toString(seconds));
        command.addAll(setup.arguments());
        command.addAll(cases.arguments());
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
            // Not an argument: ONNX Runtime 1.29 dies of a command line of more than 4 KiB.
            builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
            Process process = builder.start();
            Map<Integer, double[]> results = new TreeMap<>();
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith(RESULT)) {
                        String[] words = line.substring(RESULT.length()).split(" ", -1);
                        double[] values = Arrays.stream(words)
                                .skip(1)
                                .mapToDouble(Double::parseDouble)
                                .toArray();
                        results.put(Integer.parseInt(words[0]), values);
                    } else {
                        System.err.println(line);
                    }
                }
            }
            process.waitFor();
            return results;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start a JVM", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Map.of();
        }
    }

    /** Entry of the child process: task, first case, cases, seconds, the setup, then what chooses the cases. */
    public static void main(String[] args) {
        try {
            run(args);
        } catch (ModelFormatException | IllegalStateException | IllegalArgumentException e) {
            System.err.println("error: " + e.getMessage());
            System.exit(1);
        }
    }

    private static void run(String... args) {
        int first = Integer.parseInt(args[1]);
        int count = Integer.parseInt(args[2]);
        double seconds = Double.parseDouble(args[3]);
        int end = 4 + SETUP_ARGUMENTS;
        EngineSetup setup = CommandLine.populateCommand(new EngineSetup(), Arrays.copyOfRange(args, 4, end));
        List<EngineCase> cases =
                CaseCatalog.of(List.of(args).subList(end, args.length)).subList(first, first + count);
        EngineCase one = cases.getFirst();
        switch (Task.valueOf(args[0])) {
            case COMPARE -> compare(cases, setup, seconds);
            case NEREID_FOOTPRINT -> {
                AtomicReference<KernelSet> kernels = new AtomicReference<>(KernelSet.scalar());
                result(Footprint.measure(
                        one,
                        () -> kernels.set(setup.kernels()),
                        () -> new NereidEngine(one.file(), kernels.get(), setup),
                        seconds));
            }
            case ORT_FOOTPRINT ->
                result(Footprint.measure(
                        one,
                        OrtEnvironment::getEnvironment,
                        () -> new OrtEngine(one.file(), setup.threads()),
                        seconds));
        }
    }

    /** A case that fails is reported and leaves the others alone. */
    private static void compare(List<EngineCase> cases, EngineSetup setup, double seconds) {
        try (EngineComparison comparison = new EngineComparison(cases.getFirst().file(), setup.kernels(), setup)) {
            for (int place = 0; place < cases.size(); place++) {
                try {
                    EngineComparison.Measurement measured = comparison.measure(cases.get(place), seconds);
                    result(place, measured.nereidMicros(), measured.ortMicros(), measured.ratio());
                } catch (IllegalStateException | IllegalArgumentException e) {
                    System.err.println("error: " + e.getMessage());
                }
            }
        }
    }

    private static void result(Footprint footprint) {
        result(0, footprint.loadMillis(), footprint.grownBytes());
    }

    private static void result(int place, double... values) {
        StringBuilder line = new StringBuilder(RESULT).append(place);
        for (double value : values) {
            line.append(' ').append(value);
        }
        System.out.println(line);
    }
}
