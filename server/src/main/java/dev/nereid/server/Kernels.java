package dev.nereid.server;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.costs.PlanCache;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.device.DeviceException;
import dev.nereid.kernels.device.DeviceMonitor;
import dev.nereid.kernels.device.Devices;
import dev.nereid.kernels.device.PinnedMemoryBudget;
import dev.nereid.nativekernels.NativeOverlay;
import dev.nereid.nativekernels.cuda.Cuda;
import dev.nereid.nativekernels.nvml.Nvml;
import dev.nereid.server.config.EngineConfig;
import dev.nereid.server.config.StartException;
import java.io.UncheckedIOException;
import java.util.List;

/** The kernels that this process has: the one place that names every layer. */
public final class Kernels {
    private Kernels() {}

    /**
     * Chooses among the layers of this machine.
     *
     * @param allowed names of layers, as {@link KernelSelection#parse} returns them
     */
    public static KernelSelection select(List<String> allowed) {
        return KernelSelection.of(allowed, List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()));
    }

    /**
     * The kernels of a selection, choosing among algorithms by this machine's costs where there is a folder for them.
     *
     * @throws StartException with one sentence if what the folder holds cannot be used, or nothing be kept there
     */
    static KernelSet chosen(KernelSelection selection, EngineConfig engine) {
        if (engine.planCache().isEmpty()) {
            return selection.kernels();
        }
        try {
            return PlanCache.kernels(engine.planCache().get(), selection);
        } catch (UncheckedIOException | IllegalArgumentException e) {
            throw new StartException(
                    "error: --plan-cache-dir '" + engine.planCache().get() + "': " + e.getMessage(), e);
        }
    }

    /**
     * The GPUs of this machine.
     *
     * @param pinned what may be pinned of the machine's memory for copies to and from them
     */
    static Devices devices(PinnedMemoryBudget pinned) {
        return Cuda.detect(pinned);
    }

    /**
     * What the GPUs measure of themselves.
     *
     * @return the caller closes it
     * @throws DeviceException if that cannot be had
     */
    static DeviceMonitor monitor(Devices devices) {
        return Nvml.open(devices.all());
    }
}
