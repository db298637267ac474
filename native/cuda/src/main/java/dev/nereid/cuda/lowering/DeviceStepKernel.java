package dev.nereid.cuda.lowering;

/** The work of one step on a device: starts kernels and does not wait. Immutable; run by many threads at a time. */
@FunctionalInterface
public interface DeviceStepKernel {
    void run(DeviceRun run);
}
