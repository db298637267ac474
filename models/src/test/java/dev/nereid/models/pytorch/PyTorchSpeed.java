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
import java.util.stream.Stream;

/**
 * Times the networks of a folder that {@code pytorch_networks.py --forms pt2,trace,onnx} has written, one thread each: the
 * {@code .pt2} file and the ONNX file in Nereid, the traced file in libtorch, in turns. Prints a table in Markdown: {@code
 * PyTorchSpeed FOLDER PYTHON_SCRIPT [NAME...]}, the script being {@code src/test/python/pytorch_speed.py}.
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
                        && Stream.of("model.pt2", "model.onnx", "model.trace.pt")
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
            double[] loads = new double[3];
            try (LoadedModel exported = load(folder.resolve("model.pt2"), memory, loads, 0);
                    LoadedModel twin = load(folder.resolve("model.onnx"), memory, loads, 1)) {
                loads[2] = ask("load " + folder.resolve("model.trace.pt") + " " + folder.resolve("b1"));
                run(exported, inputs, WARM_UP_SECONDS);
                run(twin, inputs, WARM_UP_SECONDS);
                List<List<Double>> times = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
                for (int round = 0; round < ROUNDS; round++) {
                    times.get(0).add(run(exported, inputs, SECONDS));
                    times.get(2).add(ask("run " + SECONDS));
                    times.get(1).add(run(twin, inputs, SECONDS));
                }
                double[] medians =
                        times.stream().mapToDouble(PyTorchSpeed::median).toArray();
                double ratio = medians[2] / medians[0];
                logarithms += Math.log(ratio);
                least = Math.min(least, ratio);
                rows++;
                return String.format(
                        Locale.ROOT,
                        "| %s | %.0f | %.0f | %.0f | %.3f | %.3f | %.3f | %.2f | %.2f |",
                        folder.getFileName(),
                        loads[0],
                        loads[1],
                        loads[2],
                        medians[0],
                        medians[1],
                        medians[2],
                        medians[1] / medians[0],
                        ratio);
            }
        }
    }

    /** The second load of a file: the first one loads classes. */
    private LoadedModel load(Path file, SlabPool memory, double[] millis, int index) throws IOException {
        ModelLoader.load(file, LoadOptions.DEFAULT, kernels, memory).close();
        long start = System.nanoTime();
        LoadedModel model = ModelLoader.load(file, LoadOptions.DEFAULT, kernels, memory);
        millis[index] = (System.nanoTime() - start) / NANOS_A_MILLI;
        return model;
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
