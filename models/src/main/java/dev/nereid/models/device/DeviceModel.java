package dev.nereid.models.device;

import dev.nereid.kernels.device.Device;
import dev.nereid.kernels.device.DeviceException;
import dev.nereid.kernels.device.DeviceModelResources;
import dev.nereid.kernels.device.DevicePrecision;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.operators.OperatorSet;

/** A model's graph placed on a device, with what it has there. Closed after its last run. */
public final class DeviceModel implements AutoCloseable {
    private final DeviceModelResources resources;
    private final Placement placement;

    private DeviceModel(DeviceModelResources resources, Placement placement) {
        this.resources = resources;
        this.placement = placement;
    }

    /**
     * Places a graph; its constants are copied to the device.
     *
     * @param precision of its products
     * @throws dev.nereid.kernels.device.DeviceException if the device does not take it
     */
    public static DeviceModel place(Graph graph, OperatorSet operators, Device device, DevicePrecision precision) {
        DeviceModelResources resources = device.open(precision);
        try {
            return new DeviceModel(resources, Placement.of(graph, operators, resources));
        } catch (RuntimeException | Error e) {
            try {
                resources.close();
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
        return placement.report(resources.device());
    }

    /** Bytes of the device's memory that the model has now. */
    public long bytes() {
        return resources.bytes();
    }

    @Override
    public void close() {
        try (DeviceModelResources _ = resources) {
            placement.boundStreams().close();
        }
    }
}
