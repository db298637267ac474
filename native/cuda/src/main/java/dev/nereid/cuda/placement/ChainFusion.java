package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceChain;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.cuda.device.ElementwiseChain.Operand;
import dev.nereid.cuda.device.ElementwiseChain.Place;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.DeviceTensor;
import dev.nereid.models.graph.Dim;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Joins elementwise steps of a region into chains: a step takes in those that make what it reads, where they make it for
 * nobody else in the result's shape, and so on. What lies between them is never written to memory. Used once, by one thread.
 */
final class ChainFusion {
    private final List<RegionValue> values;
    private final List<RegionStep> steps;
    private final Function<ElementwiseChain, DeviceChain> compiler;
    private final Set<Integer> outputs;
    private final Map<Integer, Integer> makers = new HashMap<>();
    private final Map<Integer, Set<Integer>> readers = new HashMap<>();

    private ChainFusion(
            List<RegionValue> values,
            List<RegionStep> steps,
            List<Integer> outputs,
            Function<ElementwiseChain, DeviceChain> compiler) {
        this.values = values;
        this.steps = steps;
        this.outputs = new HashSet<>(outputs);
        this.compiler = compiler;
        for (int index = 0; index < steps.size(); index++) {
            for (int output : steps.get(index).outputs()) {
                makers.put(output, index);
            }
            for (int input : steps.get(index).inputs()) {
                readers.computeIfAbsent(input, _ -> new HashSet<>()).add(index);
            }
        }
    }

    /** The steps with chains for those that were joined. */
    static List<RegionStep> of(
            List<RegionValue> values,
            List<RegionStep> steps,
            List<Integer> outputs,
            Function<ElementwiseChain, DeviceChain> compiler) {
        return new ChainFusion(values, steps, outputs, compiler).fuse();
    }

    private List<RegionStep> fuse() {
        List<RegionStep> fused = new ArrayList<>();
        Set<Integer> taken = new HashSet<>();
        for (int root = steps.size() - 1; root >= 0; root--) {
            if (taken.contains(root)) {
                continue;
            }
            SortedSet<Integer> group = isElementwise(root) ? group(root) : new TreeSet<>();
            if (group.size() > 1) {
                taken.addAll(group);
                fused.addFirst(chain(group));
            } else {
                fused.addFirst(steps.get(root));
            }
        }
        return fused;
    }

    /** Whether a step is a function whose operands broadcast in a way that chains know. */
    private boolean isElementwise(int index) {
        RegionStep step = steps.get(index);
        return step.step().function().isPresent()
                && step.outputs().length == 1
                && step.outputs()[0] >= 0
                && arguments(step).stream()
                        .allMatch(argument ->
                                broadcast(argument, step.outputs()[0]).isPresent());
    }

    private SortedSet<Integer> group(int root) {
        SortedSet<Integer> group = new TreeSet<>(Set.of(root));
        List<Integer> unread = new ArrayList<>(List.of(root));
        while (!unread.isEmpty()) {
            RegionStep step = steps.get(unread.removeFirst());
            for (int argument : arguments(step)) {
                // One that is read by several of the group is asked about again for each; the last time it may fit.
                int maker = makers.getOrDefault(argument, -1);
                if (maker >= 0 && !group.contains(maker) && joins(maker, argument, root, group)) {
                    group.add(maker);
                    unread.add(maker);
                    if (!fits(group)) {
                        group.remove(maker);
                        unread.removeLast();
                    }
                }
            }
        }
        return group;
    }

    private boolean joins(int maker, int value, int root, Set<Integer> group) {
        return isElementwise(maker)
                && !outputs.contains(value)
                && dims(value).equals(dims(steps.get(root).outputs()[0]))
                && group.containsAll(readers.getOrDefault(value, Set.of()));
    }

    private boolean fits(SortedSet<Integer> group) {
        return group.size() <= ElementwiseChain.MOST_FUNCTIONS
                && operands(group).size() <= ElementwiseChain.MOST_OPERANDS;
    }

    /** What the group reads from outside, in the order of its steps. */
    private List<Integer> operands(SortedSet<Integer> group) {
        return group.stream()
                .flatMap(index -> arguments(steps.get(index)).stream())
                .filter(value -> !group.contains(makers.getOrDefault(value, -1)))
                .distinct()
                .toList();
    }

    private RegionStep chain(SortedSet<Integer> group) {
        int result = steps.get(group.last()).outputs()[0];
        List<Integer> operands = operands(group);
        List<SymbolicBroadcast> broadcasts = operands.stream()
                .map(value -> broadcast(value, result).orElseThrow())
                .toList();
        Map<Integer, Integer> numbers = new HashMap<>();
        operands.forEach(value -> numbers.put(value, numbers.size()));
        List<ElementwiseChain.Function> functions = new ArrayList<>();
        for (int index : group) {
            RegionStep step = steps.get(index);
            functions.add(step.step()
                    .function()
                    .orElseThrow()
                    .renumbered(input -> numbers.getOrDefault(step.inputs()[input], -1)));
            numbers.put(step.outputs()[0], numbers.size());
        }
        List<Operand> types = IntStream.range(0, operands.size())
                .mapToObj(i -> new Operand(
                        values.get(operands.get(i)).type().dataType(),
                        broadcasts.get(i).access()))
                .toList();
        DeviceChain compiled = compiler.apply(new ElementwiseChain(types, functions));
        List<Integer> reads = IntStream.range(0, operands.size()).boxed().toList();
        return new RegionStep(
                group.stream().map(index -> steps.get(index).name()).collect(Collectors.joining(", ")),
                operands.stream().mapToInt(Integer::intValue).toArray(),
                new int[] {result},
                DeviceStep.computing(reads, run -> start(run, compiled, broadcasts)),
                new long[0]);
    }

    private static void start(DeviceRun run, DeviceChain chain, List<SymbolicBroadcast> broadcasts) {
        DeviceTensor y = run.output(0);
        List<Place> places = new ArrayList<>(broadcasts.size());
        for (int i = 0; i < broadcasts.size(); i++) {
            places.add(broadcasts.get(i).place(run.input(i), y.shape()));
        }
        run.kernels().elementwise().chain(chain, places, y.address(), y.length());
    }

    /** The values that a step's function is of. */
    private static List<Integer> arguments(RegionStep step) {
        return step.step().function().orElseThrow().arguments().stream()
                .map(input -> step.inputs()[input])
                .toList();
    }

    private Optional<SymbolicBroadcast> broadcast(int value, int result) {
        return SymbolicBroadcast.of(dims(value), dims(result));
    }

    private List<Dim> dims(int value) {
        return values.get(value).type().dims().orElseThrow();
    }
}
