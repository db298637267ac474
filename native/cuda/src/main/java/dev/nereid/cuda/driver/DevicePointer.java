package dev.nereid.cuda.driver;

import jcuda.driver.CUdeviceptr;

/** Device memory: an allocation of the driver, or a place in one. */
final class DevicePointer extends CUdeviceptr {
    private static final DevicePointer NULL = new DevicePointer();

    /** Memory that the driver is going to allocate. */
    DevicePointer() {}

    private DevicePointer(long address) {
        super(NULL, address);
    }

    /** The memory at an address. */
    static DevicePointer at(long address) {
        return new DevicePointer(address);
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }
}
