package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.device.DeviceChain;
import dev.nereid.kernels.device.ElementwiseChain;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
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
    private final Map<ElementwiseChain, CUmodule> modules = new HashMap<>();

    CudaChains(CudaDevice device) {
        this.device = device;
    }

    /** The device's context is current. */
    Compiled compile(ElementwiseChain chain) {
        return compiled.computeIfAbsent(chain, this::load);
    }

    private Compiled load(ElementwiseChain chain) {
        byte[] bytes = ChainText.of(chain).getBytes(StandardCharsets.US_ASCII);
        CUmodule module = new CUmodule();
        // The driver reads to a zero.
        device.check(
                JCudaDriver.cuModuleLoadData(module, Arrays.copyOf(bytes, bytes.length + 1)),
                "compiling a chain of " + chain.functions().size() + " elementwise functions");
        modules.put(chain, module);
        CUfunction function = new CUfunction();
        device.check(
                JCudaDriver.cuModuleGetFunction(function, module, ChainText.KERNEL), "finding the kernel of a chain");
        return new Compiled(chain, function);
    }

    /** Whatever the driver answers: a context that has failed refuses everything but its end. */
    void unload() {
        for (CUmodule module : modules.values()) {
            int _ = JCudaDriver.cuModuleUnload(module);
        }
        modules.clear();
        compiled.clear();
    }
}
