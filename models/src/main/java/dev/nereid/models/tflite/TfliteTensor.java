package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A tensor of a subgraph, as the file declares it.
 *
 * @param typeNumber in the file; a tensor that nothing uses may be of a type that the engine lacks
 * @param shape with the extent 1 where {@code signature} leaves it open
 * @param signature the shape with -1 for dims that a run chooses; empty where it is {@code shape}
 * @param data empty where it is no constant
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record TfliteTensor(
        String name,
        int typeNumber,
        int[] shape,
        int[] signature,
        TfliteQuantization quantization,
        boolean isVariable,
        MemorySegment data) {
    DataType type() {
        try {
            return TfliteTypes.of(typeNumber);
        } catch (ModelFormatException e) {
            throw new ModelFormatException("tensor '" + name + "': " + e.getMessage(), e);
        }
    }

    /** Its content where it is a constant: a view of the file. */
    Optional<Tensor> constant() {
        Shape dims;
        long elements = 1;
        long[] extents = new long[shape.length];
        for (int axis = 0; axis < shape.length; axis++) {
            extents[axis] = shape[axis];
            elements = elements > Integer.MAX_VALUE ? elements : elements * Math.max(shape[axis], 0);
        }
        if ((data.byteSize() == 0 && elements != 0) || isVariable) {
            return Optional.empty();
        }
        for (long extent : extents) {
            if (extent < 0) {
                throw new ModelFormatException("tensor '" + name + "' is a constant with an extent of " + extent);
            }
        }
        if (type() == DataType.STRING) {
            throw new ModelFormatException("tensor '" + name + "': constants of STRING are not supported");
        }
        dims = Shape.of(extents);
        long wanted = Math.multiplyExact(elements, (long) type().bytes());
        if (wanted != data.byteSize()) {
            throw new ModelFormatException("tensor '" + name + "' of " + type() + dims + " needs " + wanted
                    + " bytes, its buffer has " + data.byteSize());
        }
        return Optional.of(Tensor.of(type(), dims, data));
    }

    /** The one scale of a quantised tensor. */
    float scale() {
        return one().scales()[0];
    }

    /** The one zero point of a quantised tensor. */
    int zeroPoint() {
        return Math.toIntExact(one().zeroPoints()[0]);
    }

    private TfliteQuantization one() {
        if (quantization.scales().length != 1) {
            throw new ModelFormatException(
                    "tensor '" + name + "': expected one scale and zero point, got " + quantization.scales().length);
        }
        return quantization;
    }
}
