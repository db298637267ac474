package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.GpuDevice;
import dev.nereid.cuda.device.GpuDevices;
import dev.nereid.models.device.DeviceException;
import dev.nereid.models.device.PinnedMemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;

/** Finds the NVIDIA cards of this machine. */
public final class Cuda {
    /** Characters of {@code domain:bus:device.function}, with room to spare. */
    private static final int ADDRESS_LENGTH = 32;

    private Cuda() {}

    /**
     * The cards that the kernels run on, in the driver's order. Never fails: what cannot be used is named as a reason.
     *
     * @param pinned what all of them together may pin of the host's memory
     */
    public static GpuDevices detect(PinnedMemoryBudget pinned) {
        Optional<String> problem = Driver.load();
        if (problem.isPresent()) {
            return GpuDevices.none(problem.get());
        }
        int[] count = {0};
        int result = JCudaDriver.cuDeviceGetCount(count);
        if (result != 0 || count[0] == 0) {
            return GpuDevices.none(
                    result == 0
                            ? "the NVIDIA driver has no GPU"
                            : "the GPUs cannot be counted: " + Driver.name(result));
        }
        List<GpuDevice> usable = new ArrayList<>();
        List<String> refused = new ArrayList<>();
        for (int number = 0; number < count[0]; number++) {
            try {
                usable.add(device(number, pinned));
            } catch (DeviceException e) {
                refused.add(e.getMessage());
            }
        }
        String found = usable.stream()
                .map(device -> "GPU " + device.number() + ": " + device.description())
                .collect(Collectors.joining("; "));
        refused.addFirst(found);
        return new GpuDevices(
                usable, refused.stream().filter(line -> !line.isEmpty()).collect(Collectors.joining("; ")));
    }

    /**
     * One card.
     *
     * @throws DeviceException if it cannot be used
     */
    private static CudaDevice device(int number, PinnedMemoryBudget pinned) {
        CUdevice handle = new CUdevice();
        Driver.check(JCudaDriver.cuDeviceGet(handle, number), "GPU " + number + ": opening it");
        String name = name(handle, number);
        int capability = 10 * attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                + attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        boolean pools = attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED) != 0;
        if (capability < KernelTexts.LEAST_CAPABILITY || !pools) {
            throw new DeviceException(
                    DeviceException.Code.FAILED,
                    "GPU " + number + " (" + name + ") is not used: compute capability " + capability / 10 + "."
                            + capability % 10 + (pools ? "" : " without memory pools") + ", needed is 7.5 with them");
        }
        String[] address = {""};
        Driver.check(
                JCudaDriver.cuDeviceGetPCIBusId(address, ADDRESS_LENGTH, handle),
                "GPU " + number + ": asking where it sits");
        int multiprocessors = attribute(handle, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
        return new CudaDevice(number, name, address[0], capability, multiprocessors, handle, pinned);
    }

    private static int attribute(CUdevice device, int attribute) {
        int[] value = {0};
        return JCudaDriver.cuDeviceGetAttribute(value, attribute, device) == 0 ? value[0] : 0;
    }

    private static String name(CUdevice device, int number) {
        byte[] name = new byte[256];
        Driver.check(JCudaDriver.cuDeviceGetName(name, name.length, device), "GPU " + number + ": asking for its name");
        int length = 0;
        while (length < name.length && name[length] != 0) {
            length++;
        }
        return new String(name, 0, length, StandardCharsets.UTF_8);
    }
}
