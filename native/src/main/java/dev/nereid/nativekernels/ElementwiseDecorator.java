package dev.nereid.nativekernels;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CastRule;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.ElementwiseKernels;
import dev.nereid.kernels.elementwise.PredicateOp;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.elementwise.WhereKernel;
import dev.nereid.tensor.DataType;

/** Elementwise kernels that are another's; a subclass replaces some. */
abstract class ElementwiseDecorator implements ElementwiseKernels {
    private final ElementwiseKernels base;

    /** @param base what computes everything that a subclass does not */
    ElementwiseDecorator(ElementwiseKernels base) {
        this.base = base;
    }

    @Override
    public UnaryKernel unary(UnaryOp op, DataType type) {
        return base.unary(op, type);
    }

    @Override
    public BinaryKernel binary(BinaryOp op, DataType type) {
        return base.binary(op, type);
    }

    @Override
    public BinaryKernel compare(CompareOp op, DataType type) {
        return base.compare(op, type);
    }

    @Override
    public UnaryKernel test(PredicateOp op, DataType type) {
        return base.test(op, type);
    }

    @Override
    public WhereKernel where(int elementBytes) {
        return base.where(elementBytes);
    }

    @Override
    public UnaryKernel cast(DataType from, DataType to, CastRule rule) {
        return base.cast(from, to, rule);
    }
}
