package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A matrix [n, k] of 4 bits a number, which name one of sixteen values between -1 and 1. The numbers follow each other row
 * by row, two in a byte, the first in its high half; each block of them has the value that 1 stands for.
 *
 * @param packed the numbers: [n * k / 2]
 * @param scales [n * k / blockSize]
 * @param values what the numbers stand for
 */
@SuppressWarnings("ArrayRecordComponent")
record CodebookMatrix(Tensor packed, Tensor scales, int blockSize, float[] values) implements NBitMatrix {
    /** The values of the attribute {@code quant_type}: 4 bit floats, and the quantiles of a normal distribution. */
    private static final List<float[]> CODEBOOKS = List.of(
            new float[] {
                0,
                0.0052083335f,
                0.6666667f,
                1,
                0.33333334f,
                0.5f,
                0.16666667f,
                0.25f,
                0,
                -0.0052083335f,
                -0.6666667f,
                -1,
                -0.33333334f,
                -0.5f,
                -0.16666667f,
                -0.25f
            },
            new float[] {
                -1,
                -0.6961928f,
                -0.52507305f,
                -0.3949175f,
                -0.28444138f,
                -0.18477343f,
                -0.091050036f,
                0,
                0.0795803f,
                0.1609302f,
                0.2461123f,
                0.33791524f,
                0.44070983f,
                0.562617f,
                0.72295684f,
                1
            });

    /** @throws ModelFormatException if an attribute is not one of MatMulBnb4's */
    static float[] values(Attributes attributes) {
        if (attributes.integer("transB", 1) != 1) {
            throw new ModelFormatException("attribute 'transB': expected 1, got " + attributes.integer("transB", 1));
        }
        long type = attributes.integer("quant_type", -1);
        if (type < 0 || type >= CODEBOOKS.size()) {
            throw new ModelFormatException("attribute 'quant_type': expected 0 or 1, got " + type);
        }
        return CODEBOOKS.get((int) type);
    }

    /** @throws IllegalArgumentException if a tensor has another number of elements than the attributes say */
    static CodebookMatrix of(Attributes attributes, Tensor packed, Tensor scales) {
        long elements = (long) MatMulNBits.attribute(attributes, "N") * MatMulNBits.attribute(attributes, "K");
        int blockSize = MatMulNBits.attribute(attributes, "block_size");
        BlockQuantizedMatrix.require("b", packed, Math.ceilDiv(elements, 2L));
        BlockQuantizedMatrix.require("absmax", scales, Math.ceilDiv(elements, (long) blockSize));
        return new CodebookMatrix(packed, scales, blockSize, values(attributes));
    }

    @Override
    public void read(int row, float[] target) {
        for (int column = 0; column < target.length; column++) {
            long element = (long) row * target.length + column;
            int both = packed.segment().get(ValueLayout.JAVA_BYTE, element / 2) & 0xff;
            int number = element % 2 == 0 ? both >> 4 : both & 0xf;
            target[column] = (float) (values[number] * RealNumbers.at(scales, element / blockSize));
        }
    }
}
