package dev.nereid.cuda.placement;

import dev.nereid.cuda.lowering.DeviceStep;

/**
 * A step of a region.
 *
 * @param name of its node, for messages
 * @param inputs the value of each of the node's inputs; -1 where it is left out or not read
 * @param outputs the value of each of the node's outputs; -1 where nobody wants it
 * @param constants the addresses of the step's own constants
 */
@SuppressWarnings("ArrayRecordComponent")
record RegionStep(String name, int[] inputs, int[] outputs, DeviceStep step, long[] constants) {}
