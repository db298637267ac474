package dev.nereid.models.lowering;

import dev.nereid.kernels.device.ElementwiseChain;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToLongFunction;

/**
 * What a node is on a device.
 *
 * @param reads the node's inputs that are read there; others have been used up
 * @param aliasOf the input whose memory output 0 is under another shape, with no kernel to run; -1 for ordinary steps
 * @param computes whether the step is worth a copy to the device; steps that only move elements are not
 * @param scratchBytes scratch memory that the kernel needs, of shapes that are known
 * @param function the step as a part of a chain, where it can be one: its arguments are numbers of the node's inputs
 * @param constants what the kernel reads beside the node's inputs; copied to the device once
 */
public record DeviceStep(
        List<Integer> reads,
        int aliasOf,
        boolean computes,
        ToLongFunction<DeviceRun> scratchBytes,
        DeviceStepKernel kernel,
        Optional<ElementwiseChain.Function> function,
        List<Tensor> constants) {
    private static final DeviceStepKernel NOTHING = _ -> {};

    public DeviceStep {
        reads = List.copyOf(reads);
        Objects.requireNonNull(scratchBytes, "scratchBytes");
        Objects.requireNonNull(kernel, "kernel");
        Objects.requireNonNull(function, "function");
        constants = List.copyOf(constants);
    }

    /** A step that computes. */
    public static DeviceStep computing(List<Integer> reads, DeviceStepKernel kernel) {
        return new DeviceStep(reads, -1, true, _ -> 0, kernel, Optional.empty(), List.of());
    }

    /** A step that computes with scratch memory. */
    public static DeviceStep computing(
            List<Integer> reads, ToLongFunction<DeviceRun> scratchBytes, DeviceStepKernel kernel) {
        return new DeviceStep(reads, -1, true, scratchBytes, kernel, Optional.empty(), List.of());
    }

    /** A step that moves elements. */
    public static DeviceStep moving(List<Integer> reads, DeviceStepKernel kernel) {
        return new DeviceStep(reads, -1, false, _ -> 0, kernel, Optional.empty(), List.of());
    }

    /** Output 0 is an input under another shape. */
    public static DeviceStep alias(int input) {
        return new DeviceStep(List.of(input), input, false, _ -> 0, NOTHING, Optional.empty(), List.of());
    }

    /** The same step with constants of its own, in native memory that stays as it is until the step is placed. */
    public DeviceStep withConstants(List<Tensor> tensors) {
        return new DeviceStep(reads, aliasOf, computes, scratchBytes, kernel, function, tensors);
    }

    /** The same step, which may become a part of a chain where {@code fits}. */
    public DeviceStep chaining(boolean fits, ElementwiseChain.Function of) {
        return fits ? new DeviceStep(reads, aliasOf, computes, scratchBytes, kernel, Optional.of(of), constants) : this;
    }

    public boolean isAlias() {
        return aliasOf >= 0;
    }
}
