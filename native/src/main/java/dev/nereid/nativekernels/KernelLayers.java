package dev.nereid.nativekernels;

import dev.nereid.kernels.KernelLayer;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import java.util.List;

/** The kernels of this machine: the one place that names every layer. */
public final class KernelLayers {
    private KernelLayers() {}

    /** The layers that lie over the scalar kernels, lowest first. */
    public static List<KernelLayer> all() {
        return List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer());
    }
}
