package dev.nereid.models.device;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What of a model runs on a device.
 *
 * @param device its number
 * @param nodes on the device
 * @param regions parts of the graph that they make up: as many times does a run come to the device
 * @param joined nodes that are computed on the way by the kernel of a node that reads them
 * @param fallenBack the operators that run on the CPU, with how many nodes each
 */
public record PlacementReport(
        int device, String description, int nodes, int regions, int joined, SortedMap<String, Integer> fallenBack) {
    public PlacementReport {
        fallenBack = Collections.unmodifiableSortedMap(new TreeMap<>(fallenBack));
    }

    /** A line for people. */
    @Override
    public String toString() {
        String cpu = fallenBack.isEmpty()
                ? "nothing on the CPU"
                : "on the CPU: "
                        + fallenBack.entrySet().stream()
                                .map(PlacementReport::entry)
                                .collect(Collectors.joining(", "));
        return nodes + (nodes == 1 ? " node" : " nodes") + " in " + regions + (regions == 1 ? " region" : " regions")
                + " on GPU " + device + " (" + description + "), "
                + (joined == 0 ? "" : joined + " of them in the kernels of others, ") + cpu;
    }

    private static String entry(Map.Entry<String, Integer> entry) {
        return entry.getValue() == 1 ? entry.getKey() : entry.getKey() + " x " + entry.getValue();
    }
}
