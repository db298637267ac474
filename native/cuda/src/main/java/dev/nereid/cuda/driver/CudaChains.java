package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceChain;
import dev.nereid.cuda.device.ElementwiseChain;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/** The chains of one model, each compiled once. One thread at a time. */
final class CudaChains {
    /** A chain as a kernel. */
    record Compiled(ElementwiseChain chain, CUfunction function) implements DeviceChain {}

    private final CudaDevice device;
    private final Map<ElementwiseChain, Compiled> compiled = new HashMap<>();
    private final List<CUmodule> modules = new ArrayList<>();

    CudaChains(CudaDevice device) {
        this.device = device;
    }

    /** The device's context is current. */
    Compiled compile(ElementwiseChain chain) {
        return compiled.computeIfAbsent(chain, this::load);
    }

    private Compiled load(ElementwiseChain chain) {
        String what = "a chain of " + chain.functions().size() + " elementwise functions";
        CUmodule module = device.load(ChainText.of(chain), what);
        modules.add(module);
        return new Compiled(chain, device.function(module, ChainText.KERNEL));
    }

    /** Whatever the driver answers: a context that has failed refuses everything but its end. */
    void unload() {
        for (CUmodule module : modules) {
            int _ = JCudaDriver.cuModuleUnload(module);
        }
        modules.clear();
        compiled.clear();
    }
}
