/**
 * What models and the server know of devices beside the CPU: which there are, and how a graph is placed on one. The
 * implementation for NVIDIA's GPUs is a module of its own ({@code native/cuda}), which a {@link
 * dev.nereid.models.device.DeviceProvider} announces. Depends on graph and operators.
 */
@NullMarked
package dev.nereid.models.device;

import org.jspecify.annotations.NullMarked;
