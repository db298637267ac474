package dev.nereid.bench.engine;

import dev.nereid.bench.CodeWarmup;
import dev.nereid.bench.LocalKernels;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.device.Device;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Measures the time of models on a GPU, copies included. */
public final class GpuModelMeasurement {
    private static final int FEWEST_RUNS = 5;

    private GpuModelMeasurement() {}

    /**
     * The median time of a case.
     *
     * @param items the first extent of the first input
     * @param nodesOnCpu nodes that have no kernel on the GPU
     */
    public record Result(String label, long items, double seconds, int nodesOnCpu) {}

    /**
     * Measures cases one after the other; none where there are no names.
     *
     * @throws dev.nereid.models.device.DeviceException if the device does not take a model
     */
    public static List<Result> run(Device device, List<String> names, double seconds) {
        List<Result> results = new ArrayList<>();
        if (!names.isEmpty()) {
            CaseCatalog.of(names).forEach(one -> results.add(run(device, one, seconds)));
        }
        return results;
    }

    private static Result run(Device device, EngineCase one, double seconds) {
        LoadOptions options = LoadOptions.DEFAULT;
        try (SlabPool memory = new SlabPool(options.memory().retainedBytes());
                LoadedModel model = ModelLoader.load(one.file(), options, LocalKernels.chosen(), memory, device);
                Arena arena = Arena.ofShared()) {
            Map<String, Tensor> given = one.inputs(InputPort.of(model), arena);
            List<Tensor> inputs = model.inputs().stream()
                    .map(port -> Objects.requireNonNull(given.get(port.name()), port.name()))
                    .toList();
            Runnable once = () -> model.run(inputs, Workers.single()).close();
            CodeWarmup.run(once, seconds);
            List<Long> times = new ArrayList<>();
            long end = System.nanoTime() + (long) (seconds * 1e9);
            while (times.size() < FEWEST_RUNS || System.nanoTime() < end) {
                long start = System.nanoTime();
                once.run();
                times.add(System.nanoTime() - start);
            }
            long[] sorted = times.stream().mapToLong(Long::longValue).sorted().toArray();
            int fallenBack = model.placement().orElseThrow().fallenBack().values().stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            long items = inputs.isEmpty() || inputs.getFirst().shape().rank() == 0
                    ? 1
                    : inputs.getFirst().shape().dim(0);
            return new Result(one.label(), items, sorted[sorted.length / 2] / 1e9, fallenBack);
        }
    }
}
