package dev.nereid.cuda.nvml;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.nereid.models.device.DeviceException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** Downcalls to NVML: nvml.h of NVIDIA's GPU deployment kit says what they do. All answer a code. */
final class NvmlCalls {
    static final int SUCCESS = 0;

    static final int MOST_UUID_BYTES = 96;

    private final SymbolLookup symbols;
    private final MethodHandle stop;
    private final MethodHandle uuid;
    private final MethodHandle utilization;
    private final MethodHandle memory;
    private final MethodHandle power;
    private final MethodHandle powerLimit;
    private final MethodHandle energy;

    private NvmlCalls(SymbolLookup symbols) {
        this.symbols = symbols;
        this.stop = function("nvmlShutdown", FunctionDescriptor.of(JAVA_INT));
        this.uuid = function("nvmlDeviceGetUUID", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
        this.utilization = ofDevice("nvmlDeviceGetUtilizationRates");
        this.memory = ofDevice("nvmlDeviceGetMemoryInfo");
        this.power = ofDevice("nvmlDeviceGetPowerUsage");
        this.powerLimit = ofDevice("nvmlDeviceGetPowerManagementLimit");
        this.energy = ofDevice("nvmlDeviceGetTotalEnergyConsumption");
    }

    /**
     * Loads the library, which stays loaded until the process ends.
     *
     * @throws DeviceException if it is not there or lacks a function
     */
    @SuppressWarnings("restricted")
    static NvmlCalls load(String library) {
        try {
            return new NvmlCalls(SymbolLookup.libraryLookup(library, Arena.global()));
        } catch (IllegalArgumentException e) {
            throw new DeviceException(DeviceException.Code.FAILED, library + " cannot be loaded");
        }
    }

    private MethodHandle ofDevice(String name) {
        return function(name, FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
    }

    @SuppressWarnings("restricted")
    private MethodHandle function(String name, FunctionDescriptor descriptor) {
        MemorySegment address = symbols.find(name)
                .orElseThrow(() -> new DeviceException(DeviceException.Code.FAILED, "NVML has no function " + name));
        return Linker.nativeLinker().downcallHandle(address, descriptor);
    }

    int start() {
        try {
            return (int)
                    function("nvmlInit_v2", FunctionDescriptor.of(JAVA_INT)).invokeExact();
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    void stop() {
        try {
            int _ = (int) stop.invokeExact();
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Writes the handle of the card at an address of the PCI bus. */
    int find(MemorySegment address, MemorySegment handle) {
        try {
            return (int) function("nvmlDeviceGetHandleByPciBusId_v2", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS))
                    .invokeExact(address, handle);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Writes a text that ends with a zero, of up to 96 bytes. */
    int uuid(MemorySegment card, MemorySegment answer) {
        try {
            return (int) uuid.invokeExact(card, answer, MOST_UUID_BYTES);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Writes two numbers of 4 bytes: percent of the time in which the card computed, and in which its memory was used. */
    int utilization(MemorySegment card, MemorySegment answer) {
        return call(utilization, card, answer);
    }

    /** Writes three numbers of 8 bytes: bytes in all, free, and used. */
    int memory(MemorySegment card, MemorySegment answer) {
        return call(memory, card, answer);
    }

    /** Writes milliwatts, in 4 bytes. */
    int power(MemorySegment card, MemorySegment answer) {
        return call(power, card, answer);
    }

    /** Writes milliwatts, in 4 bytes. */
    int powerLimit(MemorySegment card, MemorySegment answer) {
        return call(powerLimit, card, answer);
    }

    /** Writes millijoules since the driver was loaded, in 8 bytes. */
    int energy(MemorySegment card, MemorySegment answer) {
        return call(energy, card, answer);
    }

    private static int call(MethodHandle function, MemorySegment card, MemorySegment answer) {
        try {
            return (int) function.invokeExact(card, answer);
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static IllegalStateException failed(Throwable e) {
        return new IllegalStateException("a call of NVML failed", e);
    }

    void check(int result, String what) {
        if (result != SUCCESS) {
            throw new DeviceException(DeviceException.Code.FAILED, "NVML: " + what + " failed with code " + result);
        }
    }
}
