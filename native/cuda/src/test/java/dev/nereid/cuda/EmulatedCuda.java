package dev.nereid.cuda;

import dev.nereid.cuda.device.GpuDevices;
import dev.nereid.cuda.driver.Cuda;
import dev.nereid.models.device.Devices;
import dev.nereid.models.device.PinnedMemoryBudget;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Two emulated GPUs for tests: an emulated {@code libcuda.so.1} in the place of NVIDIA's driver, even where there is one.
 * Kernels run on the CPU. The library is the process's; its memory is what all tests of it share.
 */
public final class EmulatedCuda {
    /** The number of the device of compute capability 8.0. */
    public static final int AMPERE = 0;

    /** The number of the device of compute capability 9.0. */
    public static final int HOPPER = 1;

    /** How products of tensor cores go wrong. */
    public enum Spoiled {
        NOTHING(0),
        /** Operands are read as if they were not swizzled. */
        SWIZZLE(1),
        /** Large tiles add in descending order. */
        ORDER(2),
        /** A product fails the device, as a kernel that goes astray does. */
        FAULT(3),
        /** The driver refuses texts for one architecture. */
        TEXT(4),
        /** The driver refuses kernels more shared memory than usual. */
        MEMORY(5),
        /** Tiles that add slices in turn add in descending order. */
        TURNS(6),
        /** Tensor cores of all cards take k for each other. */
        WORDS(7),
        /** A product of tensor cores of all cards fails the device. */
        MMA_FAULT(8);

        /** What the driver calls it. */
        private final int number;

        Spoiled(int number) {
            this.number = number;
        }
    }

    private static final Path LIBRARY = Path.of("native", "cuda", "target", "emulated-cuda", "libcuda.so.1");

    /** Loaded once: a process has one driver. */
    private static final class Holder {
        private static final Optional<EmulatedCuda> DRIVER = load();
    }

    private final GpuDevices devices;
    private final SymbolLookup symbols;

    private EmulatedCuda(GpuDevices devices, SymbolLookup symbols) {
        this.devices = devices;
        this.symbols = symbols;
    }

    /**
     * The emulated driver; empty, with a line that says so, where it could not be built.
     *
     * @param test what is skipped then
     */
    public static Optional<EmulatedCuda> find(String test) {
        if (Holder.DRIVER.isEmpty()) {
            System.out.println("SKIPPED: " + test + ", for there is no " + LIBRARY + " (it needs g++)");
        }
        return Holder.DRIVER;
    }

    public Devices devices() {
        return devices.devices();
    }

    /** The same devices, for tests of this module. */
    public GpuDevices gpus() {
        return devices;
    }

    /** The same devices, with another budget of pinned memory. */
    public Devices devices(PinnedMemoryBudget pinned) {
        return Cuda.detect(pinned).devices();
    }

    /** Bytes of the host that are pinned. */
    public long pinned() {
        try {
            return (long) function("nereid_emulated_pinned", FunctionDescriptor.of(ValueLayout.JAVA_LONG))
                    .invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** How many bytes of the host can be pinned in all; 0 for any number. */
    public void limitPinned(long bytes) {
        try {
            function("nereid_emulated_limit_pinned", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG))
                    .invokeExact(bytes);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Bytes of a device that are allocated. */
    public long used(int device) {
        try {
            return (long)
                    function("nereid_emulated_used", FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT))
                            .invokeExact(device);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Gives each device so many bytes; 0 for those it has by itself. */
    public void setTotal(long bytes) {
        try {
            function("nereid_emulated_set_total", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG))
                    .invokeExact(bytes);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Streams of all devices that there are. */
    public int streams() {
        return number("nereid_emulated_streams");
    }

    /** Kernels that were started, or recorded, so far, each by a call of its own. */
    public int launches() {
        return number("nereid_emulated_launches");
    }

    /** Calls so far that started a whole graph. */
    public int replays() {
        return number("nereid_emulated_replays");
    }

    /** Graphs that there are. */
    public int graphs() {
        return number("nereid_emulated_graphs");
    }

    /** Whether streams refuse to be recorded. */
    public void refuseGraphs(boolean refuse) {
        try {
            function("nereid_emulated_refuse_graphs", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
                    .invokeExact(refuse ? 1 : 0);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether kernels of all streams stay where they begin. Begins {@link #mostRunning} anew. */
    public void hold(boolean hold) {
        try {
            function("nereid_emulated_hold", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
                    .invokeExact(hold ? 1 : 0);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Kernels that have begun and not ended. */
    public int running() {
        return number("nereid_emulated_running");
    }

    /** Kernels that ran at the same time, at most, since {@link #hold} was last called. */
    public int mostRunning() {
        return number("nereid_emulated_most_running");
    }

    /** Copies to devices that have been done so far. */
    public int copiesIn() {
        return number("nereid_emulated_copies_in");
    }

    /** Copies from devices that have been done so far. */
    public int copiesOut() {
        return number("nereid_emulated_copies_out");
    }

    private int number(String function) {
        try {
            return (int) function(function, FunctionDescriptor.of(ValueLayout.JAVA_INT))
                    .invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Lets products of tensor cores go wrong from now on. */
    public void spoil(Spoiled how) {
        try {
            function("nereid_emulated_spoil", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
                    .invokeExact(how.number);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Allocations of other processes that this one has open. */
    public int opened() {
        return number("nereid_emulated_opened");
    }

    /** Lets a device fail as after a kernel that went astray: nothing works there until everybody has left it. */
    public void fail(int device) {
        try {
            function("nereid_emulated_fail", FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))
                    .invokeExact(device);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    @SuppressWarnings("restricted")
    private MethodHandle function(String name, FunctionDescriptor descriptor) {
        return Linker.nativeLinker().downcallHandle(symbols.find(name).orElseThrow(), descriptor);
    }

    /** By its path: whoever asks for the driver by its name gets what has that name already. */
    @SuppressWarnings("restricted")
    private static Optional<EmulatedCuda> load() {
        Path library = EmulatedLibrary.find(LIBRARY);
        if (!Files.exists(library)) {
            return Optional.empty();
        }
        System.load(library.toString());
        return Optional.of(new EmulatedCuda(
                Cuda.detect(new PinnedMemoryBudget(PinnedMemoryBudget.DEFAULT_BYTES)), SymbolLookup.loaderLookup()));
    }
}
