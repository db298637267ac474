package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.device.Device;
import dev.nereid.kernels.device.DeviceException;
import dev.nereid.kernels.device.DevicePrecision;
import dev.nereid.kernels.device.DeviceSpace;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/**
 * One card. While models are on it, it has its primary context and the kernels compiled; the last one that leaves takes
 * both along.
 */
final class CudaDevice implements Device {
    private final int number;
    private final String name;
    private final int capability;
    private final CUdevice handle;

    private final CUcontext context = new CUcontext();
    private final List<CUmodule> modules = new ArrayList<>();
    private final Map<String, CUfunction> functions = new HashMap<>();
    private int spaces;

    CudaDevice(int number, String name, int capability, CUdevice handle) {
        this.number = number;
        this.name = name;
        this.capability = capability;
        this.handle = handle;
    }

    @Override
    public int number() {
        return number;
    }

    @Override
    public String description() {
        return name;
    }

    @Override
    public DeviceSpace open(DevicePrecision precision) {
        enter();
        try {
            return new CudaSpace(this, precision);
        } catch (RuntimeException | Error e) {
            leave();
            throw e;
        }
    }

    /** Makes the calling thread one that talks to this card. */
    void attach() {
        check(JCudaDriver.cuCtxSetCurrent(context), "taking its context");
    }

    /** Whether a kernel is among those that were compiled for this card; only while the device is entered. */
    boolean has(String kernel) {
        return functions.containsKey(kernel);
    }

    /** A compiled kernel; only while the device is entered. */
    CUfunction function(String kernel) {
        CUfunction function = functions.get(kernel);
        if (function == null) {
            throw new IllegalArgumentException("there is no kernel '" + kernel + "'");
        }
        return function;
    }

    /** Checks an answer of the driver. */
    void check(int result, String what) {
        Driver.check(result, label() + ": " + what);
    }

    String label() {
        return "GPU " + number + " (" + name + ")";
    }

    /** The error of memory that was not there. */
    DeviceException outOfMemory(long bytes, String what) {
        long[] free = {0};
        long[] total = {0};
        int result = JCudaDriver.cuMemGetInfo(free, total);
        String left = result == 0 ? free[0] + " of " + total[0] + " bytes are free" : "what is free is not known";
        return new DeviceException(
                DeviceException.Code.OUT_OF_MEMORY,
                label() + ": out of memory: asked for " + bytes + " bytes for " + what + ", " + left);
    }

    private synchronized void enter() {
        if (spaces == 0) {
            check(JCudaDriver.cuDevicePrimaryCtxRetain(context, handle), "taking its primary context");
            try {
                compile(KernelTexts.all());
            } catch (RuntimeException | Error e) {
                drop();
                throw e;
            }
        }
        spaces++;
    }

    /** A model has left. */
    synchronized void leave() {
        spaces--;
        if (spaces == 0) {
            drop();
        }
    }

    /** Nothing in here blocks but the driver: the context is the carrier's where a virtual thread loads the model. */
    private void compile(KernelTexts texts) {
        attach();
        texts.texts(capability).forEach((source, text) -> {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            CUmodule module = new CUmodule();
            // The driver reads to a zero.
            check(
                    JCudaDriver.cuModuleLoadData(module, Arrays.copyOf(bytes, bytes.length + 1)),
                    "compiling the kernels of '" + source + "'");
            modules.add(module);
            texts.entries(source).forEach(kernel -> {
                CUfunction function = new CUfunction();
                check(JCudaDriver.cuModuleGetFunction(function, module, kernel), "finding kernel '" + kernel + "'");
                functions.put(kernel, function);
            });
        });
    }

    /** Whatever the driver answers: a context that has failed refuses everything but its end. */
    private void drop() {
        int _ = JCudaDriver.cuCtxSetCurrent(context);
        functions.clear();
        for (CUmodule module : modules) {
            int _ = JCudaDriver.cuModuleUnload(module);
        }
        modules.clear();
        int _ = JCudaDriver.cuCtxSetCurrent(new CUcontext());
        int _ = JCudaDriver.cuDevicePrimaryCtxRelease(handle);
    }
}
