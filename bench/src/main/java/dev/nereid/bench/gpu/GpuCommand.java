package dev.nereid.bench.gpu;

import dev.nereid.bench.NumberTable;
import dev.nereid.bench.engine.GpuModelMeasurement;
import dev.nereid.cuda.device.GpuDevice;
import dev.nereid.cuda.device.GpuDevices;
import dev.nereid.cuda.driver.Cuda;
import dev.nereid.models.device.PinnedMemoryBudget;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nereid bench gpu}: what a GPU does in a second. */
@Command(
        name = "gpu",
        mixinStandardHelpOptions = true,
        description =
                "Prints the rates of a GPU's kernels: products and attention in TFLOP/s, norms and a plain copy in"
                        + " GB/s; and of models that are named, how many items it answers in a second, beside how many of their"
                        + " nodes have no kernel there.")
public final class GpuCommand implements Callable<Integer> {
    private static final long PINNED_BYTES = 256L << 20;

    @Option(names = "--gpu", defaultValue = "0", description = "The number of the GPU (default 0).")
    private int gpu;

    @Option(names = "--size", defaultValue = "4096", description = "Rows, columns and k of products (default 4096).")
    private int size = 4096;

    @Option(names = "--seconds", defaultValue = "1", description = "Seconds of measuring a job (default 1).")
    private double seconds = 1;

    @Option(names = "--format", defaultValue = "TEXT", description = "text, csv or markdown (default text).")
    private NumberTable.Format format = NumberTable.Format.TEXT;

    @Parameters(
            paramLabel = "CASE",
            arity = "0..*",
            description = "Model files, models, or cases as MODEL/CASE; without any kernels alone are measured.")
    private List<String> names = List.of();

    @Override
    public Integer call() {
        if (size < 1 || !(seconds > 0)) {
            throw new IllegalArgumentException(
                    "expected --size and --seconds above 0, got " + size + " and " + seconds);
        }
        GpuDevices devices = Cuda.detect(new PinnedMemoryBudget(PINNED_BYTES));
        GpuDevice device = devices.find(gpu)
                .orElseThrow(() -> new IllegalArgumentException("--gpu: expected one of "
                        + devices.devices().numbers() + ", got " + gpu + "; " + devices.reason()));
        print(device, System.out);
        return 0;
    }

    private void print(GpuDevice device, PrintStream out) {
        System.err.println("GPU " + device.number() + ": " + device.description());
        NumberTable table = new NumberTable("job", "us", "rate", "unit");
        GpuMeasurement trial = new GpuMeasurement(device, seconds);
        for (GpuProblem problem : GpuProblems.of(size)) {
            double time = trial.seconds(problem);
            table.row(
                    problem.name(),
                    NumberTable.number(1e6 * time, 1),
                    NumberTable.number(problem.work().amount() / time, 3),
                    problem.work().unit());
        }
        for (GpuModelMeasurement.Result result : GpuModelMeasurement.run(device, names, seconds)) {
            table.row(
                    result.label() + " (" + result.nodesOnCpu() + " nodes on the CPU)",
                    NumberTable.number(1e6 * result.seconds(), 1),
                    NumberTable.number(result.items() / result.seconds(), 1),
                    "items/s");
        }
        table.print(format, out);
    }
}
