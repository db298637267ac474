package dev.nereid.cuda.device;

/** A chain that a device has compiled. Any thread; lives as long as the space that compiled it. */
public interface DeviceChain {
    ElementwiseChain chain();
}
