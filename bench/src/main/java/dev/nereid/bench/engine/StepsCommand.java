package dev.nereid.bench.engine;

import com.sun.management.ThreadMXBean;
import dev.nereid.bench.CodeWarmup;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.Step;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nereid bench steps}: where the time of a model's run goes. */
@Command(
        name = "steps",
        mixinStandardHelpOptions = true,
        description =
                "Prints how long each step of a model's plan takes in our engine: the median and the least of one process,"
                        + " and the median's sum for each operator; and the least memory for objects that its thread"
                        + " allocates: many KiB are vectors in boxes, which make a kernel several times as slow.")
public final class StepsCommand implements Callable<Integer> {
    private static final int FEWEST_RUNS = 5;

    /** A step that allocates as much, and as much a microsecond, has vectors in boxes: 48 bytes and more for each of them. */
    private static final long BOXES_BYTES = 32 << 10;

    private static final double BOXES_BYTES_A_MICROSECOND = 4 << 10;

    private static final String WRONG = "WRONG";

    private static final ThreadMXBean THREADS = ManagementFactory.getPlatformMXBean(ThreadMXBean.class);

    /**
     * A run of a plan, step by step.
     *
     * @param nanos how long each took
     * @param allocated bytes for objects
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Run(long[] nanos, long[] allocated) {}

    @Option(
            names = "--seconds",
            defaultValue = "2",
            description = "Seconds of warming up, and of measuring (default 2).")
    private double seconds = 2;

    @Option(
            names = "--check",
            description =
                    "Prints " + WRONG + " before each step with vectors in boxes, and ends with 1 if there is one.")
    private boolean check;

    @Mixin
    private EngineSetup setup = new EngineSetup();

    @Parameters(paramLabel = "CASE", arity = "1..*", description = "Model files, models, or cases as MODEL/CASE.")
    private List<String> names = List.of();

    @Override
    public Integer call() {
        if (!(seconds > 0)) {
            throw new IllegalArgumentException("--seconds: expected a number above 0, got " + seconds);
        }
        setup.check();
        long wrong = 0;
        for (EngineCase one : CaseCatalog.of(names)) {
            wrong += print(one, System.out);
        }
        return check && wrong > 0 ? 1 : 0;
    }

    /** Returns how many steps have vectors in boxes. */
    private long print(EngineCase one, PrintStream out) {
        try (NereidEngine engine = new NereidEngine(one.file(), setup.kernels(), setup);
                Arena arena = Arena.ofShared()) {
            engine.bind(one.inputs(engine.inputs(), arena));
            List<Run> runs = measure(engine);
            Plan plan = engine.plan();
            double[] micros = IntStream.range(0, plan.steps().size())
                    .mapToDouble(step -> median(runs, step) / 1e3)
                    .toArray();
            double sum = Arrays.stream(micros).sum();
            double least = IntStream.range(0, micros.length)
                    .mapToDouble(step -> least(runs, step) / 1e3)
                    .sum();
            out.printf(
                    "%s: %d steps, %.1f us, the least of each %.1f us, %d runs%n",
                    one.label(), micros.length, sum, least, runs.size());
            long wrong = 0;
            for (int step = 0; step < micros.length; step++) {
                boolean boxes = hasBoxes(allocated(runs, step), micros[step]);
                wrong += boxes ? 1 : 0;
                out.print(check && boxes ? WRONG + " " : "");
                out.printf(
                        "%10.1f %10.1f %5.1f %% %6d KiB  %s%n",
                        micros[step],
                        least(runs, step) / 1e3,
                        100 * micros[step] / sum,
                        allocated(runs, step) >> 10,
                        text(plan, step));
            }
            operators(plan, micros)
                    .forEach((name, total) -> out.printf(
                            "%10.1f %10s %5.1f %% %10s  all of %s%n", total, "", 100 * total / sum, "", name));
            return wrong;
        }
    }

    static boolean hasBoxes(long allocated, double micros) {
        return allocated >= BOXES_BYTES && allocated >= BOXES_BYTES_A_MICROSECOND * micros;
    }

    private List<Run> measure(NereidEngine engine) {
        int steps = engine.plan().steps().size();
        CodeWarmup.run(() -> engine.run((_, _) -> {}), seconds);
        List<Run> runs = new ArrayList<>();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (runs.size() < FEWEST_RUNS || System.nanoTime() < end) {
            Run run = new Run(new long[steps], new long[steps]);
            long[] before = {THREADS.getCurrentThreadAllocatedBytes()};
            engine.run((step, time) -> {
                long now = THREADS.getCurrentThreadAllocatedBytes();
                run.nanos[step] = time;
                run.allocated[step] = now - before[0];
                before[0] = now;
            });
            runs.add(run);
        }
        return runs;
    }

    private static double median(List<Run> runs, int step) {
        return Statistics.median(
                runs.stream().mapToDouble(run -> run.nanos[step]).toArray());
    }

    private static double least(List<Run> runs, int step) {
        return runs.stream().mapToLong(run -> run.nanos[step]).min().orElse(0);
    }

    private static long allocated(List<Run> runs, int step) {
        return runs.stream().mapToLong(run -> run.allocated[step]).min().orElse(0);
    }

    private static String text(Plan plan, int place) {
        Step step = plan.steps().get(place);
        return step.node().describe() + " " + types(plan, step.inputs()) + " -> " + types(plan, step.outputs());
    }

    private static String types(Plan plan, int... values) {
        return Arrays.stream(values)
                .filter(value -> value >= 0)
                .mapToObj(value -> plan.values().get(value).valueType())
                .map(StepsCommand::text)
                .collect(Collectors.joining(", "));
    }

    private static String text(ValueType type) {
        return type instanceof TensorType tensor && tensor.hasRank()
                ? tensor.dataType().protocolName() + tensor.dims().orElseThrow()
                : type.toString();
    }

    private static Map<String, Double> operators(Plan plan, double... micros) {
        Map<String, Double> sums = new TreeMap<>();
        for (int step = 0; step < micros.length; step++) {
            Node node = plan.steps().get(step).node();
            sums.merge(node.operator(), micros[step], Double::sum);
        }
        return sums.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (a, _) -> a, LinkedHashMap::new));
    }
}
