package dev.nereid.server;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.costs.PlanCache;
import dev.nereid.models.device.DeviceException;
import dev.nereid.models.device.DeviceMonitor;
import dev.nereid.models.device.DeviceProvider;
import dev.nereid.models.device.Devices;
import dev.nereid.models.device.PinnedMemoryBudget;
import dev.nereid.nativekernels.KernelLayers;
import dev.nereid.server.config.EngineConfig;
import dev.nereid.server.config.StartException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;

/** The kernels and GPUs that this process has. */
public final class Kernels {
    private static final String NO_GPU_MODULE = "the module for NVIDIA GPUs (cuda-*.jar) is not on the class path";

    private Kernels() {}

    /**
     * Chooses among the layers of this machine.
     *
     * @param allowed names of layers, as {@link KernelSelection#parse} returns them
     */
    public static KernelSelection select(List<String> allowed) {
        return KernelSelection.of(allowed, KernelLayers.all());
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
     * The GPUs of this machine; none where the module for them is not on the class path.
     *
     * @param pinned what may be pinned of the machine's memory for copies to and from them
     */
    static Devices devices(PinnedMemoryBudget pinned) {
        return provider().map(module -> module.detect(pinned)).orElseGet(() -> Devices.none(NO_GPU_MODULE));
    }

    /**
     * What the GPUs measure of themselves.
     *
     * @return the caller closes it
     * @throws DeviceException if that cannot be had
     */
    static DeviceMonitor monitor(Devices devices) {
        return provider()
                .orElseThrow(() -> new DeviceException(DeviceException.Code.FAILED, NO_GPU_MODULE))
                .monitor(devices);
    }

    private static Optional<DeviceProvider> provider() {
        return ServiceLoader.load(DeviceProvider.class, Kernels.class.getClassLoader())
                .findFirst();
    }
}
