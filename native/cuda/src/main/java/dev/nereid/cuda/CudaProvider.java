package dev.nereid.cuda;

import dev.nereid.cuda.driver.Cuda;
import dev.nereid.cuda.nvml.Nvml;
import dev.nereid.models.device.DeviceMonitor;
import dev.nereid.models.device.DeviceProvider;
import dev.nereid.models.device.Devices;
import dev.nereid.models.device.PinnedMemoryBudget;

/** NVIDIA's GPUs through their driver, measured by NVML. Stateless. */
public final class CudaProvider implements DeviceProvider {
    @Override
    public Devices detect(PinnedMemoryBudget pinned) {
        return Cuda.detect(pinned).devices();
    }

    @Override
    public DeviceMonitor monitor(Devices devices) {
        return Nvml.open(devices.all());
    }
}
