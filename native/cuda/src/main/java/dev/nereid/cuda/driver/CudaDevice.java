package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceModelResources;
import dev.nereid.cuda.device.GpuDevice;
import dev.nereid.cuda.placement.DeviceModel;
import dev.nereid.models.device.DeviceException;
import dev.nereid.models.device.DeviceIpcMemory;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.models.device.PinnedMemoryBudget;
import dev.nereid.models.device.PlacedGraph;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.operators.OperatorSet;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;

/**
 * One card. While models are on it, it has its primary context and the kernels compiled; the last one that leaves takes the
 * kernels along, and the context unless memory of another process is open there, which keeps it too.
 */
final class CudaDevice implements GpuDevice {
    private final int number;
    private final String name;
    private final String address;
    private final int capability;
    private final CUdevice handle;
    private final PinnedMemoryBudget pinned;

    private final CUcontext context = new CUcontext();
    private final List<CUmodule> modules = new ArrayList<>();
    private final Map<String, CUfunction> functions = new HashMap<>();
    private final CapabilityKernels capabilityKernels;
    private final TensorCoreKernels tensorCoreKernels;
    /** Those that keep the context: spaces, and memory of other processes. */
    private int users;

    private int openModels;

    /**
     * A card.
     *
     * @param address of the PCI bus
     * @param capability ten times the compute capability
     */
    CudaDevice(
            int number,
            String name,
            String address,
            int capability,
            int multiprocessors,
            CUdevice handle,
            PinnedMemoryBudget pinned) {
        this.number = number;
        this.name = name;
        this.address = address;
        this.capability = capability;
        this.handle = handle;
        this.pinned = pinned;
        this.capabilityKernels = new CapabilityKernels(this, capability, multiprocessors);
        this.tensorCoreKernels = new TensorCoreKernels(this, multiprocessors);
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
    public String address() {
        return address;
    }

    /** One at a time: the first one tries kernels whose self-test has not run on this card. */
    @Override
    public synchronized DeviceModelResources open(DevicePrecision precision) {
        enter();
        CudaModelResources resources;
        try {
            resources = new CudaModelResources(this, precision);
        } catch (RuntimeException | Error e) {
            leave();
            throw e;
        }
        try {
            tensorCoreKernels.selfTest(resources);
            capabilityKernels.selfTest(resources);
            return resources;
        } catch (DeviceException e) {
            // What failed may have harmed the context. Where nobody else is in it, the next one is new.
            closeIfPossible(resources);
            return open(precision);
        } catch (RuntimeException | Error e) {
            closeIfPossible(resources);
            throw e;
        }
    }

    @Override
    public PlacedGraph place(Graph graph, OperatorSet operators, DevicePrecision precision) {
        return DeviceModel.place(graph, operators, this, precision);
    }

    private static void closeIfPossible(CudaModelResources resources) {
        try {
            resources.close();
        } catch (DeviceException e) {
            // It has left its device all the same, and why it was closed is the better message.
        }
    }

    @Override
    public int handleBytes() {
        return IpcHandle.BYTES;
    }

    @Override
    public DeviceIpcMemory openIpc(byte[] handle) {
        if (handle.length != IpcHandle.BYTES) {
            throw new IllegalArgumentException(
                    "expected a handle of " + IpcHandle.BYTES + " bytes, got " + handle.length);
        }
        retain();
        try {
            return new CudaIpcMemory(this, handle);
        } catch (RuntimeException | Error e) {
            release();
            throw e;
        }
    }

    /** As {@link #attach}, on the way out: whatever the driver answers. */
    void attachIfPossible() {
        int _ = JCudaDriver.cuCtxSetCurrent(context);
    }

    /** What may be pinned of the host's memory, for all cards. */
    PinnedMemoryBudget pinned() {
        return pinned;
    }

    /** Makes the calling thread one that talks to this card. */
    void attach() {
        check(JCudaDriver.cuCtxSetCurrent(context), "taking its context");
    }

    /** Whether a kernel is among those that were compiled for this card; only while the device is entered. */
    boolean has(String kernel) {
        return functions.containsKey(kernel);
    }

    /** Why kernels for cards of this capability alone are not used, though there are some; empty where none were refused. */
    synchronized Optional<String> refusal() {
        return capabilityKernels.refusal();
    }

    /** Why the kernels of a source with tensor cores are not used; empty where they were not refused. */
    synchronized Optional<String> refusal(String source) {
        return tensorCoreKernels.refusal(source);
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

    /** Keeps the primary context for one more, until it is {@link #release released}. */
    private synchronized void retain() {
        if (users == 0) {
            check(JCudaDriver.cuDevicePrimaryCtxRetain(context, handle), "taking its primary context");
        }
        users++;
    }

    /** Whatever the driver answers: a context that has failed refuses everything but its end. */
    synchronized void release() {
        users--;
        if (users == 0) {
            int _ = JCudaDriver.cuCtxSetCurrent(new CUcontext());
            int _ = JCudaDriver.cuDevicePrimaryCtxRelease(handle);
        }
    }

    private synchronized void enter() {
        retain();
        if (openModels == 0) {
            try {
                compile();
            } catch (RuntimeException | Error e) {
                unload();
                release();
                throw e;
            }
        }
        openModels++;
    }

    /** A model has left. */
    synchronized void leave() {
        openModels--;
        if (openModels == 0) {
            unload();
        }
        release();
    }

    /** Nothing in here blocks but the driver: the context is the carrier's where a virtual thread loads the model. */
    private void compile() {
        attach();
        KernelTexts.all().texts(capability).forEach(this::compile);
        tensorCoreKernels.forgetRefused();
        capabilityKernels.compile();
    }

    /** Compiles a source's text and has its kernels from then on. */
    void compile(String source, String text) {
        CUmodule module = load(text, "the kernels of '" + source + "'");
        modules.add(module);
        KernelTexts.all().entries(source).forEach(kernel -> functions.put(kernel, function(module, kernel)));
    }

    /** Has a source's kernels no more. */
    void forget(String source) {
        functions.keySet().removeAll(KernelTexts.all().entries(source));
    }

    /** Compiles PTX text for this card, whose context is current; the caller unloads it. */
    CUmodule load(String text, String what) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        CUmodule module = new CUmodule();
        // The driver reads to a zero.
        check(JCudaDriver.cuModuleLoadData(module, Arrays.copyOf(bytes, bytes.length + 1)), "compiling " + what);
        return module;
    }

    /** A kernel of a module. */
    CUfunction function(CUmodule module, String kernel) {
        CUfunction function = new CUfunction();
        check(JCudaDriver.cuModuleGetFunction(function, module, kernel), "finding kernel '" + kernel + "'");
        return function;
    }

    /** Whatever the driver answers, as with {@link #release}. */
    private void unload() {
        attachIfPossible();
        functions.clear();
        for (CUmodule module : modules) {
            int _ = JCudaDriver.cuModuleUnload(module);
        }
        modules.clear();
    }
}
