package dev.nereid.models.device;

import dev.nereid.kernels.device.Device;
import dev.nereid.kernels.device.DeviceException;
import dev.nereid.kernels.device.DevicePrecision;
import dev.nereid.kernels.device.DeviceSpace;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.operators.OperatorSet;

/** A model's graph placed on a device, with what it has there. Closed after its last run. */
public final class DeviceModel implements AutoCloseable {
    private final DeviceSpace space;
    private final Placement placement;

    private DeviceModel(DeviceSpace space, Placement placement) {
        this.space = space;
        this.placement = placement;
    }

    /**
     * Places a graph; its constants are copied to the device.
     *
     * @param precision of its products
     * @throws dev.nereid.kernels.device.DeviceException if the device does not take it
     */
    public static DeviceModel place(Graph graph, OperatorSet operators, Device device, DevicePrecision precision) {
        DeviceSpace space = device.open(precision);
        try {
            return new DeviceModel(space, Placement.of(graph, operators, space));
        } catch (RuntimeException | Error e) {
            try {
                space.close();
            } catch (DeviceException closing) {
                e.addSuppressed(closing);
            }
            throw e;
        }
    }

    /** The graph with a node for each region. */
    public Graph graph() {
        return placement.graph();
    }

    /** The operators that the graph needs. */
    public OperatorSet operators() {
        return placement.operators();
    }

    public PlacementReport report() {
        return placement.report(space.device());
    }

    /** Bytes of the device's memory that the model has now. */
    public long bytes() {
        return space.bytes();
    }

    @Override
    public void close() {
        try (DeviceSpace _ = space) {
            placement.lanes().close();
        }
    }
}
