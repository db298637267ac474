package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.layout.TileTranspose;
import dev.nereid.kernels.layout.TransposeKernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Matrices transposed in C with AVX2, between rows that are longer than they are, and from odd addresses. */
class NativeTransposeTest extends KernelTest {
    private static final int[] EXTENTS = {1, 2, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 63, 64, 65, 131};
    private static final int ODD = 3;

    private final TransposeKernel kernel = new TransposeCalls(
            TestedLibrary.of("transpositions in C", "AVX2 with FMA", CpuFeatures::avx2), new TileTranspose());

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void rowsBecomeColumnsAndNothingElseIsWritten(int elementBytes) {
        Random random = new Random(elementBytes);
        for (int rows : EXTENTS) {
            for (int columns : EXTENTS) {
                // Rows of three and four bytes that lie close take the ways of pixels.
                for (int beyond : new int[] {0, 5}) {
                    transpose(elementBytes, rows, columns, beyond, random);
                }
            }
        }
    }

    private void transpose(int elementBytes, int rows, int columns, int beyond, Random random) {
        int xStride = (columns + beyond) * elementBytes;
        int yStride = (rows + beyond) * elementBytes;
        byte[] x = new byte[rows * xStride];
        random.nextBytes(x);
        byte[] y = new byte[columns * yStride];
        random.nextBytes(y);
        MemorySegment from = segment(x);
        MemorySegment to = segment(y);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                int source = row * xStride + column * elementBytes;
                System.arraycopy(x, source, y, column * yStride + row * elementBytes, elementBytes);
            }
        }
        if (elementBytes == 1) {
            kernel.bytes(rows, columns, from.address(), xStride, to.address(), yStride);
        } else {
            kernel.words(rows, columns, from.address(), xStride, to.address(), yStride);
        }
        assertThat(to.toArray(ValueLayout.JAVA_BYTE))
                .as("%s rows, %s columns, %s beyond", rows, columns, beyond)
                .isEqualTo(y);
    }

    private MemorySegment segment(byte[] values) {
        MemorySegment segment = allocate(values.length + ODD).asSlice(ODD, values.length);
        MemorySegment.copy(values, 0, segment, ValueLayout.JAVA_BYTE, 0, values.length);
        return segment;
    }
}
