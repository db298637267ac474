package dev.nereid.cuda.lowering;

import dev.nereid.cuda.device.ElementwiseChain;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * What a node is on a device.
 *
 * @param reads the node's inputs that are read there; others have been used up
 * @param aliasOf the input whose memory output 0 is under another shape, with no kernel to run; -1 for ordinary steps
 * @param computes whether the step is worth a copy to the device; steps that only move elements are not
 * @param scratchBytes scratch memory that the kernel needs, of shapes that are known
 * @param function the step as a part of a chain, where it can be one: its arguments are numbers of the node's inputs
 * @param constants makes what the kernel reads beside the node's inputs, in the memory that it is given; called once, and
 *     copied to the device
 */
public record DeviceStep(
        List<Integer> reads,
        int aliasOf,
        boolean computes,
        ToLongFunction<DeviceRun> scratchBytes,
        DeviceStepKernel kernel,
        Optional<ElementwiseChain.Function> function,
        Function<SegmentAllocator, List<MemorySegment>> constants) {
    private static final DeviceStepKernel NOTHING = _ -> {};

    public DeviceStep {
        reads = List.copyOf(reads);
        Objects.requireNonNull(scratchBytes, "scratchBytes");
        Objects.requireNonNull(kernel, "kernel");
        Objects.requireNonNull(function, "function");
        Objects.requireNonNull(constants, "constants");
    }

    /** A step that computes. */
    public static DeviceStep computing(List<Integer> reads, DeviceStepKernel kernel) {
        return new DeviceStep(reads, -1, true, _ -> 0, kernel, Optional.empty(), DeviceStep::noConstants);
    }

    /** A step that computes with scratch memory. */
    public static DeviceStep computing(
            List<Integer> reads, ToLongFunction<DeviceRun> scratchBytes, DeviceStepKernel kernel) {
        return new DeviceStep(reads, -1, true, scratchBytes, kernel, Optional.empty(), DeviceStep::noConstants);
    }

    /** A step that moves elements with scratch memory. */
    public static DeviceStep moving(
            List<Integer> reads, ToLongFunction<DeviceRun> scratchBytes, DeviceStepKernel kernel) {
        return new DeviceStep(reads, -1, false, scratchBytes, kernel, Optional.empty(), DeviceStep::noConstants);
    }

    /** A step that moves elements. */
    public static DeviceStep moving(List<Integer> reads, DeviceStepKernel kernel) {
        return new DeviceStep(reads, -1, false, _ -> 0, kernel, Optional.empty(), DeviceStep::noConstants);
    }

    /** Output 0 is an input under another shape. */
    public static DeviceStep alias(int input) {
        return new DeviceStep(List.of(input), input, false, _ -> 0, NOTHING, Optional.empty(), DeviceStep::noConstants);
    }

    /** The same step with constants of its own. */
    public DeviceStep withConstants(Function<SegmentAllocator, List<MemorySegment>> own) {
        return new DeviceStep(reads, aliasOf, computes, scratchBytes, kernel, function, own);
    }

    /** The same step, which may become a part of a chain where {@code fits}. */
    public DeviceStep chaining(boolean fits, ElementwiseChain.Function of) {
        return fits ? new DeviceStep(reads, aliasOf, computes, scratchBytes, kernel, Optional.of(of), constants) : this;
    }

    private static List<MemorySegment> noConstants(SegmentAllocator memory) {
        return List.of();
    }

    public boolean isAlias() {
        return aliasOf >= 0;
    }
}
