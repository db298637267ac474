package dev.nereid.models.tensorflow.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Where the windows of a convolution or of pooling lie: layout, strides, dilations and padding of a node. Lists in its
 * attributes have a number for each axis of the data, and those of batch and channels must be 1 (0 for padding).
 */
final class Windows {
    static final AttributeDefaults TWO_AXES = AttributeDefaults.NONE
            .text("data_format", "NHWC")
            .integers("dilations", 1, 1, 1, 1)
            .integers("explicit_paddings");
    static final AttributeDefaults THREE_AXES =
            AttributeDefaults.NONE.text("data_format", "NDHWC").integers("dilations", 1, 1, 1, 1, 1);

    private final TensorflowCall call;
    private final int rank;
    private final boolean channelsLast;

    /** @param rank of the data */
    Windows(TensorflowCall call, int rank) {
        this.call = call;
        this.rank = rank;
        String format = call.attributes().text("data_format");
        channelsLast = !format.startsWith("NC");
        if (format.startsWith("NCHW_VECT")) {
            throw new ModelFormatException("data_format '" + format + "' is not supported");
        }
    }

    int axes() {
        return rank - 2;
    }

    /** Which axis of the data has the channels. */
    int channels() {
        return channelsLast ? rank - 1 : 1;
    }

    /** Which axis of the data a spatial axis is. */
    int spatial(int axis) {
        return channelsLast ? axis + 1 : axis + 2;
    }

    /** A list of numbers for the spatial axes. */
    long[] numbers(String name) {
        long[] all = call.attributes().integers(name);
        if (all.length == 1) {
            all = filled(all[0]);
        }
        if (all.length != rank) {
            throw new ModelFormatException("attribute '" + name + "' has " + all.length + " numbers: expected " + rank);
        }
        long[] numbers = new long[axes()];
        for (int axis = 0; axis < axes(); axis++) {
            numbers[axis] = all[spatial(axis)];
            if (numbers[axis] < 1 || numbers[axis] > Integer.MAX_VALUE) {
                throw new ModelFormatException("attribute '" + name + "' is impossible: " + Arrays.toString(all));
            }
        }
        if (all[0] != 1 || all[channels()] != 1) {
            throw new ModelFormatException("attribute '" + name + "' has numbers for batch or channels: "
                    + Arrays.toString(all) + "; only 1 is supported there");
        }
        return numbers;
    }

    private long[] filled(long number) {
        long[] all = new long[rank];
        Arrays.fill(all, number);
        all[0] = 1;
        all[channels()] = 1;
        return all;
    }

    /** Whether as much is padded that strides alone divide the extents. */
    boolean isSame() {
        String padding = call.attributes().text("padding");
        if (padding.equals("SAME")) {
            return true;
        }
        if (padding.equals("VALID") || padding.equals("EXPLICIT")) {
            return false;
        }
        throw new ModelFormatException("padding '" + padding + "': expected SAME, VALID or EXPLICIT");
    }

    /** The padding where it is not {@link #isSame}: before each spatial axis, then behind each. */
    long[] pads() {
        long[] pads = new long[2 * axes()];
        if (call.attributes().text("padding").equals("EXPLICIT")) {
            long[] all = call.attributes().integers("explicit_paddings");
            if (all.length != 2 * rank) {
                throw new ModelFormatException(
                        "attribute 'explicit_paddings' has " + all.length + " numbers: expected " + 2 * rank);
            }
            for (int axis = 0; axis < axes(); axis++) {
                pads[axis] = all[2 * spatial(axis)];
                pads[axes() + axis] = all[2 * spatial(axis) + 1];
            }
        }
        return pads;
    }

    /** Attributes strides, and pads or auto_pad. */
    Attributes attributes() {
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("strides", OnnxAttributes.integerValues(numbers("strides")));
        if (isSame()) {
            attributes.put("auto_pad", OnnxAttributes.textValue("SAME_UPPER"));
        } else {
            attributes.put("pads", OnnxAttributes.integerValues(pads()));
        }
        return new Attributes(attributes);
    }

    /** Runs a layer that takes channels first on data of the node's layout. */
    Value around(Value data, UnaryOperator<Value> layer) {
        return channelsLast ? call.layouts().around(call.graph(), data, layer) : layer.apply(data);
    }

    /** Data of the node's layout with channels first. */
    Value first(Value data) {
        return channelsLast ? call.layouts().of(call.graph(), data) : data;
    }

    /** Data with channels first in the node's layout. */
    Value back(Value data) {
        return channelsLast ? call.layouts().last(call.graph(), data) : data;
    }
}
