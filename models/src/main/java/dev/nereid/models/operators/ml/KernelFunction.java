package dev.nereid.models.operators.ml;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * What becomes of the product of a row and a support vector, or of their distance: ONNX's {@code kernel_type} and
 * {@code kernel_params}.
 *
 * @param gamma the first parameter; where the function is {@link Kind#RBF} it is no part of {@code values}
 * @param values computes the function
 * @param needsScratch whether {@code values} needs scratch memory
 */
record KernelFunction(Kind kind, float gamma, Values values, boolean needsScratch) {
    /** ONNX's {@code kernel_type}. */
    enum Kind {
        LINEAR,
        POLY,
        RBF,
        SIGMOID
    }

    /** The function of some floats. */
    @FunctionalInterface
    interface Values {
        /**
         * Computes {@code length} floats in place.
         *
         * @param scratch as much memory, at the same offset
         */
        void run(MemorySegment y, MemorySegment scratch, long offset, int length);

        /** This function and then another. */
        default Values then(Values next) {
            return (y, scratch, offset, length) -> {
                run(y, scratch, offset, length);
                next.run(y, scratch, offset, length);
            };
        }
    }

    static KernelFunction of(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        Kind kind = kind(attributes.text("kernel_type", "LINEAR"));
        List<Float> parameters = attributes.reals("kernel_params").orElse(List.of());
        if (!parameters.isEmpty() && parameters.size() != 3) {
            throw new ModelFormatException("attribute 'kernel_params': expected gamma, coef0 and degree, got "
                    + parameters.size() + " numbers");
        }
        float gamma = parameters.isEmpty() ? 0 : parameters.get(0);
        float coefficient = parameters.isEmpty() ? 0 : parameters.get(1);
        float degree = parameters.isEmpty() ? 0 : parameters.get(2);
        ElementwiseKernels kernels = lowering.kernels().elementwise();
        Values values = switch (kind) {
            case LINEAR -> (y, scratch, offset, length) -> {};
            case POLY -> affine(kernels, gamma, coefficient).then(power(lowering, degree));
            case RBF -> unary(kernels, UnaryOp.EXP);
            case SIGMOID -> affine(kernels, gamma, coefficient).then(unary(kernels, UnaryOp.TANH));
        };
        return new KernelFunction(kind, gamma, values, kind == Kind.POLY && degree == 3);
    }

    private static Kind kind(String name) {
        for (Kind kind : Kind.values()) {
            if (kind.name().equals(name)) {
                return kind;
            }
        }
        throw new ModelFormatException(
                "attribute 'kernel_type': expected one of " + Arrays.toString(Kind.values()) + ", got '" + name + "'");
    }

    private static Values unary(ElementwiseKernels kernels, UnaryOp op) {
        UnaryKernel kernel = kernels.unary(op, DataType.FP32);
        return (y, scratch, offset, length) -> kernel.run(y, offset, y, offset, length);
    }

    private static Values affine(ElementwiseKernels kernels, float factor, float addend) {
        UnaryKernel kernel = kernels.unary(UnaryOp.AFFINE, DataType.FP32);
        return (y, scratch, offset, length) -> kernel.run(y, offset, y, offset, length, factor, addend);
    }

    private static Values power(Lowering lowering, float degree) {
        ElementwiseKernels kernels = lowering.kernels().elementwise();
        if (degree == 2 || degree == 3) {
            BinaryKernel multiply = kernels.binary(BinaryOp.MUL, DataType.FP32);
            if (degree == 2) {
                return (y, scratch, offset, length) -> multiply.both(y, offset, y, offset, y, offset, length);
            }
            return (y, scratch, offset, length) -> {
                multiply.both(y, offset, y, offset, scratch, offset, length);
                multiply.both(scratch, offset, y, offset, y, offset, length);
            };
        }
        BinaryKernel power = kernels.binary(BinaryOp.POW, DataType.FP32);
        MemorySegment exponent = ConstantFloats.of(lowering, List.of(degree));
        return (y, scratch, offset, length) -> power.rightScalar(y, offset, exponent, 0, y, offset, length);
    }

    /** Whether the function takes squared distances, times {@link #scale}; else it takes products. */
    boolean takesDistances() {
        return kind == Kind.RBF;
    }

    /** What squared distances are multiplied by. */
    float scale() {
        return -gamma;
    }
}
