package dev.nereid.bench;

import dev.nereid.kernels.KernelLayer;
import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.nativekernels.KernelLayers;
import java.util.List;

/** The kernels of this machine, as a server would have them. */
public final class LocalKernels {
    private LocalKernels() {}

    /** The layers that lie over the scalar kernels, lowest first. */
    public static List<KernelLayer> layers() {
        return KernelLayers.all();
    }

    /** What a server would choose, and why. */
    public static KernelSelection selection() {
        return KernelSelection.of(KernelSelection.LAYERS, layers());
    }

    /** The kernels that a server would choose. */
    public static KernelSet chosen() {
        return selection().kernels();
    }
}
