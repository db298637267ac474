package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.DataTypes;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Steps of FP16 and BF16 by a device's kernels of FP32: operands are widened into scratch memory, the kernel makes its results
 * there, and they are rounded from there. Constants are widened once, when the model is loaded.
 */
final class Widening {
    private Widening() {}

    static boolean isHalf(DataType type) {
        return DataTypes.HALVES.contains(type);
    }

    /** A node's step as if its numbers of 16 bits were FP32; empty if it has none, or no kernel for those either. */
    static Optional<DeviceStep> step(
            LoweringEntry<?> lowering, Operator operator, Inference node, DeviceCapabilities capabilities) {
        Set<DataType> halves = IntStream.range(0, node.inputs())
                .filter(node::has)
                .mapToObj(input -> node.type(input).dataType())
                .filter(Widening::isHalf)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(DataType.class)));
        boolean casts = halves.stream()
                .allMatch(
                        half -> capabilities.hasCast(half, DataType.FP32) && capabilities.hasCast(DataType.FP32, half));
        if (halves.isEmpty() || !casts) {
            return Optional.empty();
        }
        try (Arena constants = Arena.ofConfined()) {
            return lowering.step(operator, new WidenedInference(node, constants), capabilities)
                    .map(step -> step.isAlias() ? step : widened(step, node));
        }
    }

    private static DeviceStep widened(DeviceStep step, Inference node) {
        List<Integer> constants = new ArrayList<>();
        List<Integer> reads = new ArrayList<>();
        for (int input : step.reads()) {
            boolean once = node.has(input)
                    && isHalf(node.type(input).dataType())
                    && node.constant(input).isPresent();
            (once ? constants : reads).add(input);
        }
        WidenedRun.Plan plan = new WidenedRun.Plan(
                reads,
                constants,
                constants.stream()
                        .map(input -> node.constant(input).orElseThrow().shape())
                        .toList(),
                node.node().outputs().size());
        return new DeviceStep(
                reads,
                -1,
                step.computes(),
                run -> scratchBytes(step, new WidenedRun(plan, run)),
                run -> run(step, new WidenedRun(plan, run)),
                Optional.empty(),
                memory -> constants(step, node, constants, memory));
    }

    private static long scratchBytes(DeviceStep step, WidenedRun run) {
        return run.bytes() + step.scratchBytes().applyAsLong(run);
    }

    private static void run(DeviceStep step, WidenedRun run) {
        run.widen();
        step.kernel().run(run);
        run.round();
    }

    /** The widened ones, then the step's own: the order that {@link WidenedRun} reads them in. */
    private static List<MemorySegment> constants(
            DeviceStep step, Inference node, List<Integer> inputs, SegmentAllocator memory) {
        List<MemorySegment> all = new ArrayList<>();
        for (int input : inputs) {
            all.add(widened(node.constant(input).orElseThrow(), memory).segment());
        }
        all.addAll(step.constants().apply(memory));
        return all;
    }

    /** A tensor of FP16 or BF16 as FP32. */
    static Tensor widened(Tensor half, SegmentAllocator memory) {
        long elements = half.shape().elements();
        MemorySegment wide = memory.allocate(ValueLayout.JAVA_FLOAT, elements);
        for (long i = 0; i < elements; i++) {
            short bits = half.segment().get(ValueLayout.JAVA_SHORT_UNALIGNED, i * Short.BYTES);
            float number =
                    half.dataType() == DataType.FP16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
            wide.setAtIndex(ValueLayout.JAVA_FLOAT, i, number);
        }
        return Tensor.of(DataType.FP32, half.shape(), wide);
    }
}
