package dev.nereid.kernels.matmul;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelTest;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarMatMul;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

public class RowPanelsTest extends KernelTest {
    record Sizes(int rows, int n, int k) {}

    static List<Sizes> sizes() {
        return List.of(
                new Sizes(1, 1, 1),
                new Sizes(5, 15, 31),
                new Sizes(7, 16, 16),
                new Sizes(13, 17, 33),
                new Sizes(9, 80, 48),
                new Sizes(6, 129, 64),
                new Sizes(3, 64, 200),
                new Sizes(2, 47, 6),
                new Sizes(2, 96, 3),
                new Sizes(2, 97, 0),
                new Sizes(4, 0, 8));
    }

    /** The kernels that are tested. */
    protected List<FloatPanelKernel> kernels() {
        return IntStream.of(128, 256, 512)
                .<FloatPanelKernel>mapToObj(bits -> new VectorPanelKernel(new Cpu(bits, 1, "any")))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void productEqualsTheOracleAndGoesOnWithZeros(Sizes size) {
        MemorySegment a = floats(randomFloats(1, size.rows() * size.k(), -1f, 1f), 0);
        MemorySegment b = floats(randomFloats(2, size.n() * (size.k() + 3), -1f, 1f), 0);
        Matrix rows = new Matrix(b, 0, size.n(), size.k(), size.k() + 3L, 1);
        MemorySegment expected = allocate(4L * size.rows() * size.n() + 4);
        Matrix product = Matrix.of(expected, size.rows(), size.n());
        new ScalarMatMul()
                .multiply(
                        Matrix.of(a, size.rows(), size.k()),
                        rows.transposed(),
                        product,
                        Epilogue.NONE,
                        MemorySegment.NULL,
                        Workers.single());
        for (FloatPanelKernel kernel : kernels()) {
            RowPanels panels = new RowPanels(kernel, LANES);
            int columns = panels.columns(size.n());
            MemorySegment packed = allocate(panels.bytes(size.n(), size.k()));
            packed.fill((byte) -1);
            MemorySegment c = allocate(4L * size.rows() * columns);
            warmUp(() -> panels.pack(rows, packed));
            panels.pack(rows, packed);
            panels.multiply(
                    size.rows(), size.n(), size.k(), a.address(), size.k(), packed.address(), c.address(), columns);
            for (int row = 0; row < size.rows(); row++) {
                for (int column = 0; column < columns; column++) {
                    float there = c.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * columns + column);
                    float wanted = column < size.n()
                            ? expected.getAtIndex(ValueLayout.JAVA_FLOAT, product.index(row, column))
                            : 0f;
                    assertThat(there)
                            .describedAs("%d lanes, row %d, column %d", kernel.lanes(), row, column)
                            .isEqualTo(wanted);
                }
            }
        }
    }
}
