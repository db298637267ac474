package dev.nereid.kernels.elementwise;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.tensor.DataType;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.Optional;

/** The casts between FP32 and the types of 16 bits that have vector kernels. */
enum HalfCast {
    FROM_FP16(DataType.FP16, DataType.FP32) {
        @Override
        UnaryKernel kernel() {
            return LoopCopy.of(LOOKUP, HalfToFloatLoop.class, (HalfLanes.Widening) HalfLanes::fromFp16);
        }
    },
    FROM_BF16(DataType.BF16, DataType.FP32) {
        @Override
        UnaryKernel kernel() {
            return LoopCopy.of(LOOKUP, HalfToFloatLoop.class, (HalfLanes.Widening) HalfLanes::fromBf16);
        }
    },
    TO_FP16(DataType.FP32, DataType.FP16) {
        @Override
        UnaryKernel kernel() {
            return LoopCopy.of(LOOKUP, FloatToHalfLoop.class, (HalfLanes.Narrowing) HalfLanes::toFp16);
        }
    },
    TO_BF16(DataType.FP32, DataType.BF16) {
        @Override
        UnaryKernel kernel() {
            return LoopCopy.of(LOOKUP, FloatToHalfLoop.class, (HalfLanes.Narrowing) HalfLanes::toBf16);
        }
    };

    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();

    private final DataType from;
    private final DataType to;

    HalfCast(DataType from, DataType to) {
        this.from = from;
        this.to = to;
    }

    static Optional<HalfCast> of(DataType from, DataType to) {
        return Arrays.stream(values())
                .filter(cast -> cast.from == from && cast.to == to)
                .findFirst();
    }

    /** A fresh kernel. */
    abstract UnaryKernel kernel();
}
