package dev.nereid.cuda.driver;

import jcuda.Pointer;

/** Host memory, by its address. */
final class HostPointer extends Pointer {
    HostPointer(long address) {
        super(address);
    }

    /** Memory that the driver is going to allocate. */
    HostPointer() {}

    long address() {
        return getNativePointer();
    }
}
