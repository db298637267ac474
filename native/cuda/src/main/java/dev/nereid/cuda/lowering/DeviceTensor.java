package dev.nereid.cuda.lowering;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.Objects;

/** A dense tensor in a device's memory. */
public record DeviceTensor(DataType dataType, Shape shape, long address) {
    public DeviceTensor {
        Objects.requireNonNull(dataType, "dataType");
        Objects.requireNonNull(shape, "shape");
    }

    /** Its elements, of which kernels take fewer than 2^31. */
    public int length() {
        return Math.toIntExact(shape.elements());
    }

    public DeviceTensor withShape(Shape other) {
        return new DeviceTensor(dataType, other, address);
    }
}
