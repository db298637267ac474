package dev.nereid.models.device;

import dev.nereid.models.graph.Graph;
import dev.nereid.models.operators.OperatorSet;

/** One device of this machine. Any thread. */
public interface Device {
    /** Its number, as model configs name it. */
    int number();

    /** What it is called, for people. */
    String description();

    /** Where it sits, as the system's own tools call that place. */
    String address();

    /**
     * Places a model's graph on the device: every node that the device has a kernel for.
     *
     * @param operators of the graph
     * @param precision of its products of matrices
     * @return the graph to plan in its place; the caller closes it
     * @throws DeviceException if the device refuses, or has no memory for the constants
     */
    PlacedGraph place(Graph graph, OperatorSet operators, DevicePrecision precision);

    /** Bytes of a handle that {@link #openIpc} takes. */
    int handleBytes();

    /**
     * Memory of this device that another process shares.
     *
     * @param handle what that process was given for it, of {@link #handleBytes} bytes
     * @return the caller closes it
     * @throws DeviceException if the device does not know the handle
     */
    DeviceIpcMemory openIpc(byte[] handle);
}
