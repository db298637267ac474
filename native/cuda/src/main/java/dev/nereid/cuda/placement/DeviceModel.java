package dev.nereid.cuda.placement;

import dev.nereid.cuda.device.DeviceModelResources;
import dev.nereid.cuda.device.GpuDevice;
import dev.nereid.models.device.DeviceException;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.models.device.PlacedGraph;
import dev.nereid.models.device.PlacementReport;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.operators.OperatorSet;

/** A model's graph placed on a device, with what it has there. Closed after its last run. */
public final class DeviceModel implements PlacedGraph {
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
     * @throws dev.nereid.models.device.DeviceException if the device does not take it
     */
    public static DeviceModel place(Graph graph, OperatorSet operators, GpuDevice device, DevicePrecision precision) {
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

    @Override
    public Graph graph() {
        return placement.graph();
    }

    @Override
    public OperatorSet operators() {
        return placement.operators();
    }

    @Override
    public PlacementReport report() {
        return placement.report(resources.device());
    }

    @Override
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
