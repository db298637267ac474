package dev.nereid.kernels.matmul;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Products of matrices: {@code c[m, n] = epilogue(a[m, k] * b[k, n])}. An element of a product of {@code FP32} is the
 * sum of chains of {@link #CHAIN} fused multiply-adds in ascending k, each from zero, added one after the other, whatever m,
 * the panel, the tile and the number of workers, so that the result of a row does not depend on its neighbours. Kernels keep no state; all methods may run in many threads at a
 * time. c must not overlap a or b.
 */
public interface MatMulKernels {
    /** Products that one chain of fused multiply-adds adds up: rounding errors grow with its length. */
    int CHAIN = 256;

    /**
     * Kernels that multiply packed matrices in bf16: both sides rounded to the nearest bf16, ties to even, the sums in
     * {@code FP32}. An element is one chain of fused multiply-adds, pair by pair in ascending k, the second of a pair
     * first; whether subnormal numbers count is left open. What is not packed is multiplied as here.
     */
    MatMulKernels inBf16();

    /**
     * Kernels that pack matrices whose floats take more than {@code bytes} as int8, each column with a scale: the largest
     * magnitude becomes 127, and the others are rounded to the nearest, ties to even; a scale that would be subnormal is zero. An element is one chain of fused
     * multiply-adds with the int8 as floats in ascending k, from zero, times the scale; only then are addends added. Where
     * weights come from memory, a product of few rows takes as long as they take to be read. All else is as here.
     */
    MatMulKernels withInt8Weights(long bytes);

    /**
     * Whether packed matrices of k rows and n columns are multiplied as the floats they are made of. So it is unless these
     * kernels come from {@link #inBf16} or {@link #withInt8Weights}.
     */
    default boolean multipliesFloats(int k, int n) {
        return true;
    }

    /** Bytes of memory that {@link #pack} needs for a matrix of k rows and n columns. */
    long packedBytes(int k, int n);

    /**
     * Copies a matrix of {@code FP32}, with any strides, into the layout that these kernels multiply fastest. For
     * constants: packing takes longer than a product with few rows.
     *
     * @param memory of {@link #packedBytes}, zeroed, aligned to 64 bytes; good as long as the result is used
     */
    PackedMatrix pack(Matrix b, MemorySegment memory);

    /** Bytes of scratch memory that a product of a matrix of so many rows with {@code b} needs. */
    long scratchBytes(int rows, PackedMatrix b);

    /**
     * A product of {@code FP32} with a packed matrix.
     *
     * @param a with contiguous rows
     * @param b packed by these kernels
     * @param c with contiguous rows
     * @param scratch memory of {@link #scratchBytes(int, PackedMatrix)} with any content, aligned to 64 bytes
     */
    void multiply(Matrix a, PackedMatrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers);

    /** Bytes of scratch memory that {@link #multiply(Matrix, Matrix, Matrix, Epilogue, MemorySegment, Workers)} needs. */
    long scratchBytes(Matrix a, Matrix b);

    /**
     * A product of {@code FP32} of matrices with any strides.
     *
     * @param c with contiguous rows
     * @param scratch memory of {@link #scratchBytes(Matrix, Matrix)} with any content, aligned to 64 bytes
     */
    void multiply(Matrix a, Matrix b, Matrix c, Epilogue epilogue, MemorySegment scratch, Workers workers);

    /**
     * Bare products of {@code FP32} of matrices that are alike, {@code c_i = a_i * b_i}. Each is as if it were the only one;
     * many small ones take less time so.
     *
     * @param a the left sides, of any strides; likewise {@code b} the right sides, as many
     * @param c the products, with contiguous rows, as many; none overlaps another or anything of a and b
     * @param scratch memory of {@link #scratchBytes(Matrix, Matrix)} with any content, aligned to 64 bytes
     */
    default void multiplyEach(MatrixBatch a, MatrixBatch b, MatrixBatch c, MemorySegment scratch, Workers workers) {
        for (int i = 0; i < c.size(); i++) {
            multiply(a.get(i), b.get(i), c.get(i), Epilogue.NONE, scratch, workers);
        }
    }

    /**
     * A bare product of another datatype: {@code FP64}, {@code FP16} and {@code BF16} (summed up as {@code FP32}), and the
     * integers of 32 and 64 bits, which wrap.
     *
     * @throws IllegalArgumentException for a datatype that is none of these
     */
    void multiply(DataType type, Matrix a, Matrix b, Matrix c);

    /**
     * {@code c = alpha * c + beta * addend}, of any datatype that can be multiplied; without an addend {@code c = alpha *
     * c}. Factors are rounded towards zero for integers.
     *
     * @param addend of c's shape, with any strides
     */
    void scaleAndAdd(DataType type, float alpha, Matrix c, float beta, Optional<Matrix> addend);

    /**
     * A sum of products of any number of inputs, of any datatype that can be multiplied; y is dense in the order of the
     * output's labels.
     */
    void contract(DataType type, Contraction contraction, List<MemorySegment> inputs, MemorySegment y);
}
