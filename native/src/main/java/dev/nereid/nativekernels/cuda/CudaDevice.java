package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.device.Device;
import dev.nereid.kernels.device.DeviceException;
import dev.nereid.kernels.device.DevicePrecision;
import dev.nereid.kernels.device.DeviceSpace;
import dev.nereid.kernels.device.ForeignMemory;
import dev.nereid.kernels.device.PinnedBudget;
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
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One card. While models are on it, it has its primary context and the kernels compiled; the last one that leaves takes the
 * kernels along, and the context unless memory of another process is open there, which keeps it too.
 */
final class CudaDevice implements Device {
    /** What is known of the kernels for cards of this capability alone, which products on the card itself must prove once. */
    private enum OwnKernels {
        UNPROVEN,
        PROVEN,
        REFUSED
    }

    private static final Logger LOG = LoggerFactory.getLogger(CudaDevice.class);

    private final int number;
    private final String name;
    private final String address;
    private final int capability;
    private final int multiprocessors;
    private final CUdevice handle;
    private final PinnedBudget pinned;

    private final CUcontext context = new CUcontext();
    private final List<CUmodule> modules = new ArrayList<>();
    private final Map<String, CUfunction> functions = new HashMap<>();
    private OwnKernels ownKernels = OwnKernels.UNPROVEN;
    /** Those that keep the context: spaces, and memory of other processes. */
    private int users;

    private int spaces;

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
            PinnedBudget pinned) {
        this.number = number;
        this.name = name;
        this.address = address;
        this.capability = capability;
        this.multiprocessors = multiprocessors;
        this.handle = handle;
        this.pinned = pinned;
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

    /** One at a time: the first one tries the kernels that nobody has proven. */
    @Override
    public synchronized DeviceSpace open(DevicePrecision precision) {
        enter();
        CudaSpace space;
        try {
            space = new CudaSpace(this, precision);
        } catch (RuntimeException | Error e) {
            leave();
            throw e;
        }
        try {
            prove(space);
            return space;
        } catch (DeviceException e) {
            // What failed may have harmed the context. Where nobody else is in it, the next one is new.
            closeIfPossible(space);
            if (e.code() == DeviceException.Code.OUT_OF_MEMORY) {
                throw e;
            }
            return open(precision);
        } catch (RuntimeException | Error e) {
            closeIfPossible(space);
            throw e;
        }
    }

    private static void closeIfPossible(CudaSpace space) {
        try {
            space.close();
        } catch (DeviceException e) {
            // It has left its device all the same, and why it was closed is the better message.
        }
    }

    @Override
    public int handleBytes() {
        return IpcHandle.BYTES;
    }

    @Override
    public ForeignMemory openForeign(byte[] handle) {
        if (handle.length != IpcHandle.BYTES) {
            throw new IllegalArgumentException(
                    "expected a handle of " + IpcHandle.BYTES + " bytes, got " + handle.length);
        }
        retain();
        try {
            return new CudaForeignMemory(this, handle);
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
    PinnedBudget pinned() {
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
        if (spaces == 0) {
            try {
                compile(KernelTexts.all());
            } catch (RuntimeException | Error e) {
                unload();
                release();
                throw e;
            }
        }
        spaces++;
    }

    /** A model has left. */
    synchronized void leave() {
        spaces--;
        if (spaces == 0) {
            unload();
        }
        release();
    }

    /** Nothing in here blocks but the driver: the context is the carrier's where a virtual thread loads the model. */
    private void compile(KernelTexts texts) {
        attach();
        texts.texts(capability).forEach((source, text) -> {
            CUmodule module = load(text, "the kernels of '" + source + "'");
            modules.add(module);
            texts.entries(source).forEach(kernel -> functions.put(kernel, function(module, kernel)));
        });
        if (ownKernels != OwnKernels.REFUSED) {
            compileOwn(texts);
        }
    }

    private void compileOwn(KernelTexts texts) {
        try {
            texts.ownTexts(capability).forEach((source, text) -> {
                CUmodule module = load(text, "the kernels of '" + source + "'");
                modules.add(module);
                texts.entries(source).forEach(kernel -> functions.put(kernel, function(module, kernel)));
            });
            WarpgroupProducts.sharedBytes().forEach(this::allow);
        } catch (DeviceException e) {
            refuseOwn(e.getMessage());
        }
    }

    /** Lets a kernel ask for more shared memory than usual, where the card has the kernel. */
    private void allow(String kernel, int sharedBytes) {
        if (has(kernel)) {
            check(
                    JCudaDriver.cuFuncSetAttribute(
                            function(kernel),
                            CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                            sharedBytes),
                    "allowing kernel '" + kernel + "' " + sharedBytes + " bytes of shared memory");
        }
    }

    /** Tries the kernels for cards of this capability alone, once. */
    private void prove(CudaSpace space) {
        if (ownKernels != OwnKernels.UNPROVEN || KernelTexts.all().ownTexts(capability).isEmpty()) {
            return;
        }
        long start = System.nanoTime();
        try (WarpgroupTrial trial = new WarpgroupTrial(this, space, multiprocessors)) {
            Optional<String> problem = trial.run();
            if (problem.isPresent()) {
                refuseOwn(label() + ": " + problem.get());
                return;
            }
            ownKernels = OwnKernels.PROVEN;
            LOG.info(
                    "{}: products of FP16 and BF16 by warpgroups (sm_90a) gave the bits of the other kernels, tried in {} ms",
                    label(),
                    (System.nanoTime() - start) / 1_000_000);
        } catch (DeviceException e) {
            if (e.code() != DeviceException.Code.OUT_OF_MEMORY) {
                refuseOwn(e.getMessage());
            }
            throw e;
        }
    }

    /** From now on, and for good: a card that computes wrongly once is not asked again. */
    private void refuseOwn(String reason) {
        ownKernels = OwnKernels.REFUSED;
        KernelTexts texts = KernelTexts.all();
        texts.ownTexts(capability).keySet().forEach(source -> functions.keySet().removeAll(texts.entries(source)));
        LOG.warn("kernels for this kind of card (sm_90a) are left for those of all: {}", reason);
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
