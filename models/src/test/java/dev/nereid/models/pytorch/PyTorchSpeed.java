package dev.nereid.models.pytorch;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.golden.GoldenCase;
import dev.nereid.nativekernels.NativeOverlay;
import dev.nereid.tensor.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Times the networks of a folder that {@code pytorch_networks.py --forms pt2,trace,onnx} or {@code pytorch_transformers.py} has
 * written, one thread each: the {@code .pt2} file and the ONNX file, if there is one, in Nereid, the traced file in libtorch, in
 * turns. Prints a table in Markdown: {@code PyTorchSpeed FOLDER PYTHON_SCRIPT [NAME...]}, the script being {@code
 * src/test/python/pytorch_speed.py}.
 */
public final class PyTorchSpeed {
    private static final int ROUNDS = Integer.getInteger("rounds", 5);
    private static final double SECONDS = 0.7;
    private static final double WARM_UP_SECONDS = 3;
    private static final int FEWEST_RUNS = 3;
    private static final double NANOS = 1e9;
    private static final double NANOS_A_MILLI = 1e6;

    private final KernelSet kernels = KernelSelection.of(
                    KernelSelection.parse("native"), List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
            .kernels();
    private final BufferedReader answers;
    private final Writer commands;
    private double logarithms;
    private double least = Double.MAX_VALUE;
    private int rows;

    private PyTorchSpeed(Process libtorch) {
        answers = libtorch.inputReader(StandardCharsets.UTF_8);
        commands = libtorch.outputWriter(StandardCharsets.UTF_8);
    }

    public static void main(String[] arguments) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder("python3", arguments[1]).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("OMP_NUM_THREADS", "1");
        Process libtorch = builder.start();
        try (Stream<Path> folders = Files.list(Path.of(arguments[0]))) {
            List<String> names = List.of(arguments).subList(2, arguments.length);
            PyTorchSpeed speed = new PyTorchSpeed(libtorch);
            System.out.println("| network | load .pt2, ms | load ONNX | load libtorch | run .pt2, ms | ONNX | libtorch"
                    + " | ONNX : .pt2 | libtorch : .pt2 |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|");
            for (Path folder : folders.sorted().toList()) {
                boolean isWanted = names.isEmpty() || names.contains(String.valueOf(folder.getFileName()));
                if (isWanted
                        && Stream.of("model.pt2", "model.trace.pt")
                                .allMatch(file -> Files.exists(folder.resolve(file)))) {
                    System.out.println(speed.row(folder));
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "libtorch : .pt2, geometric mean of %d: %.2f, least %.2f%n",
                    speed.rows,
                    Math.exp(speed.logarithms / speed.rows),
                    speed.least);
        } finally {
            libtorch.destroy();
        }
    }

    private String row(Path folder) throws IOException {
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1 << 20)) {
            List<Tensor> inputs = List.copyOf(
                    GoldenCase.read(folder.resolve("b1"), arena).inputs().values());
            Path trace = folder.resolve("model.trace.pt");
            Path onnx = folder.resolve("model.onnx");
            List<Timed> timed = new ArrayList<>();
            timed.add(load(folder.resolve("model.pt2"), memory));
            try {
                if (Files.exists(onnx)) {
                    timed.add(load(onnx, memory));
                }
                double loaded = ask("load " + trace + " " + folder.resolve("b1"));
                timed.forEach(each -> run(each.model, inputs, WARM_UP_SECONDS));
                List<Double> libtorch = new ArrayList<>();
                for (int round = 0; round < ROUNDS; round++) {
                    libtorch.add(ask("run " + SECONDS));
                    timed.forEach(each -> each.runs.add(run(each.model, inputs, SECONDS)));
                }
                return row(String.valueOf(folder.getFileName()), timed, loaded, median(libtorch));
            } finally {
                timed.forEach(each -> each.model.close());
            }
        }
    }

    private String row(String name, List<Timed> timed, double loaded, double libtorch) {
        Timed exported = timed.getFirst();
        double run = median(exported.runs);
        double ratio = libtorch / run;
        logarithms += Math.log(ratio);
        least = Math.min(least, ratio);
        rows++;
        List<Timed> twin = timed.subList(1, timed.size());
        return String.format(
                Locale.ROOT,
                "| %s | %.0f | %s | %.0f | %.3f | %s | %.3f | %s | %.2f |",
                name,
                exported.loadMillis,
                cell(twin, "%.0f", each -> each.loadMillis),
                loaded,
                run,
                cell(twin, "%.3f", each -> median(each.runs)),
                libtorch,
                cell(twin, "%.2f", each -> median(each.runs) / run),
                ratio);
    }

    private static String cell(List<Timed> twin, String format, ToDoubleFunction<Timed> value) {
        return twin.isEmpty() ? "" : String.format(Locale.ROOT, format, value.applyAsDouble(twin.getFirst()));
    }

    /** A file in Nereid, with the medians of its rounds in milliseconds. */
    private record Timed(LoadedModel model, double loadMillis, List<Double> runs) {}

    /** The second load of a file: the first one loads classes. */
    private Timed load(Path file, SlabPool memory) {
        ModelLoader.load(file, LoadOptions.DEFAULT, kernels, memory).close();
        long start = System.nanoTime();
        LoadedModel model = ModelLoader.load(file, LoadOptions.DEFAULT, kernels, memory);
        return new Timed(model, (System.nanoTime() - start) / NANOS_A_MILLI, new ArrayList<>());
    }

    /** The median of one run in milliseconds. */
    private static double run(LoadedModel model, List<Tensor> inputs, double seconds) {
        List<Double> times = new ArrayList<>();
        long end = System.nanoTime() + (long) (seconds * NANOS);
        while (System.nanoTime() < end || times.size() < FEWEST_RUNS) {
            long start = System.nanoTime();
            model.run(inputs, Workers.single()).close();
            times.add((System.nanoTime() - start) / NANOS_A_MILLI);
        }
        return median(times);
    }

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private double ask(String command) throws IOException {
        commands.write(command + "\n");
        commands.flush();
        String answer = answers.readLine();
        if (answer == null) {
            throw new IOException("libtorch ended at: " + command);
        }
        return Double.parseDouble(answer.substring(answer.indexOf(' ') + 1));
    }
}
