package dev.nereid.bench.engine;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.nativekernels.NativeOverlay;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One process of a comparison: how fast a JVM's compiled code is differs from process to process, so no single one
 * is believed.
 */
public final class Fork {
    private static final String RESULT = "RESULT ";

    private Fork() {}

    /** Measures a case in a new JVM with this one's flags; its log goes to our stderr. Empty where it failed. */
    static Optional<Comparison.Measurement> start(
            int caseIndex, List<String> caseArguments, int threads, double seconds) {
        List<String> command = new ArrayList<>();
        command.add(System.getProperty("java.home") + "/bin/java");
        command.addAll(java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Fork.class.getName()));
        command.addAll(List.of(Integer.toString(caseIndex), Integer.toString(threads), Double.toString(seconds)));
        command.addAll(caseArguments);
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Optional<Comparison.Measurement> result = Optional.empty();
            try (BufferedReader lines =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith(RESULT)) {
                        String[] values = line.substring(RESULT.length()).split(" ", 3);
                        result = Optional.of(new Comparison.Measurement(
                                Double.parseDouble(values[0]),
                                Double.parseDouble(values[1]),
                                Double.parseDouble(values[2])));
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

    /** Entry of the child process: case index, threads, seconds, then the arguments that choose the cases. */
    public static void main(String[] args) {
        List<String> chosen = List.of(args).subList(3, args.length);
        EngineCase engineCase = CaseCatalog.of(chosen).get(Integer.parseInt(args[0]));
        KernelSet kernels = KernelSelection.of(
                        KernelSelection.LAYERS, List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
                .kernels();
        Comparison.Measurement measured =
                Comparison.run(engineCase, kernels, Integer.parseInt(args[1]), Double.parseDouble(args[2]));
        System.out.println(RESULT + measured.nereidMicros() + " " + measured.ortMicros() + " " + measured.ratio());
    }
}
