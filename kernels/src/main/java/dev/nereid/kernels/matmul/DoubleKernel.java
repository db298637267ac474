package dev.nereid.kernels.matmul;

/** A kernel of products of {@code FP64}. Stateless; any number of threads. */
@FunctionalInterface
public interface DoubleKernel {
    /**
     * {@code c[m, n] = a[m, k] * b[k, n]}, each element one chain of fused multiply-adds in ascending k from zero. Memory is
     * given by the address of its first element, strides in elements; nothing is checked. Columns of b and c lie next to each
     * other.
     */
    void run(int m, int n, int k, long a, long aRow, long aColumn, long b, long bRow, long c, long cRow);
}
