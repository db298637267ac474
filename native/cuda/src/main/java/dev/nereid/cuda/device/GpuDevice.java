package dev.nereid.cuda.device;

import dev.nereid.models.device.Device;
import dev.nereid.models.device.DevicePrecision;

/** A device as this module sees it: with memory and streams for models. Any thread. */
public interface GpuDevice extends Device {
    /** A part of the device for one model, with true products of {@code FP32}. */
    default DeviceModelResources open() {
        return open(DevicePrecision.FP32);
    }

    /**
     * A part of the device for one model.
     *
     * @param precision of its products of matrices
     * @return the caller closes it
     * @throws dev.nereid.models.device.DeviceException if the device refuses
     */
    DeviceModelResources open(DevicePrecision precision);
}
