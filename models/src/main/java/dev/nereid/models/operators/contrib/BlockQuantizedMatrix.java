package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.blockwise.BlockwiseMatrix;
import dev.nereid.kernels.blockwise.BlockwiseSource;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A matrix [n, k] whose rows are cut into blocks with a scale and a zero point each: {@code (number - zeroPoint) * scale}.
 * Numbers are packed from the low bits of a byte upward, and may lie in two bytes; a block begins at a byte, and so do the
 * zero points of a row.
 *
 * @param packed the numbers: [n, blocks, blockSize * bits / 8]
 * @param scales [n, blocks]
 * @param zeroPoints bytes, packed as the numbers are: [n, blocks * bits / 8], or floats: [n, blocks]; half of the range if
 *     absent
 * @param groups the block whose scale and zero point each column has; that which it lies in if empty
 */
@SuppressWarnings("ArrayRecordComponent")
public record BlockQuantizedMatrix(
        Tensor packed, Tensor scales, Optional<Tensor> zeroPoints, long[] groups, int bits, int blockSize, int blocks)
        implements NBitMatrix {
    /** The attribute {@code bits}. */
    public static int bits(Attributes attributes) {
        long bits = attributes.integer("bits", 4);
        if (bits < 2 || bits > 8) {
            throw new ModelFormatException("attribute 'bits': expected 2 to 8, got " + bits);
        }
        return (int) bits;
    }

    /** @throws IllegalArgumentException if a tensor has another number of elements than the attributes say */
    static BlockQuantizedMatrix of(
            Attributes attributes, Tensor packed, Tensor scales, Optional<Tensor> zeroPoints, Optional<Tensor> groups) {
        int n = MatMulNBits.attribute(attributes, "N");
        int k = MatMulNBits.attribute(attributes, "K");
        int blockSize = MatMulNBits.attribute(attributes, "block_size");
        int bits = bits(attributes);
        int blocks = Math.ceilDiv(k, blockSize);
        require("b", packed, (long) n * blocks * Math.ceilDiv(blockSize * bits, 8));
        require("scales", scales, (long) n * blocks);
        if (zeroPoints.isPresent()) {
            boolean bytes = zeroPoints.get().dataType() == DataType.UINT8;
            require("zero_points", zeroPoints.get(), (long) n * (bytes ? Math.ceilDiv(blocks * bits, 8) : blocks));
        }
        long[] columns =
                groups.map(tensor -> IntegerTensors.read(tensor).orElseThrow()).orElse(new long[0]);
        if (groups.isPresent() && columns.length < k) {
            throw new IllegalArgumentException("g_idx: expected " + k + " numbers, got " + columns.length);
        }
        for (long block : columns) {
            if (block < 0 || block >= blocks) {
                throw new IllegalArgumentException("g_idx: expected numbers below " + blocks + ", got " + block);
            }
        }
        return new BlockQuantizedMatrix(packed, scales, zeroPoints, columns, bits, blockSize, blocks);
    }

    static void require(String name, Tensor tensor, long elements) {
        if (tensor.shape().elements() != elements) {
            throw new IllegalArgumentException(name + ": expected " + elements + " elements, got " + tensor.shape());
        }
    }

    @Override
    public Optional<BlockwiseSource> source() {
        boolean known = BlockwiseMatrix.isKnown(kernelBits(), blockSize)
                && isInOrder()
                && zeroPoints.map(points -> points.dataType() == DataType.UINT8).orElse(true);
        return known ? Optional.of(new Source()) : Optional.empty();
    }

    /** Bits of a number in the kernels' layout: those of the next larger kind. */
    private int kernelBits() {
        return bits <= 4 ? 4 : Byte.SIZE;
    }

    /** Whether each column has the scale of the block that it lies in. */
    private boolean isInOrder() {
        return IntStream.range(0, groups.length).allMatch(column -> groups[column] == column / blockSize);
    }

    /** Columns of the right side are rows here. */
    private final class Source implements BlockwiseSource {
        private final MemorySegment numbers = bits == kernelBits() ? packed.segment() : widened();

        @Override
        public int bits() {
            return kernelBits();
        }

        @Override
        public int block() {
            return blockSize;
        }

        @Override
        public MemorySegment numbers() {
            return numbers;
        }

        @Override
        public float scale(int column, int block) {
            return (float) BlockQuantizedMatrix.this.scale(column, block);
        }

        @Override
        public boolean hasZeroPoints() {
            return zeroPoints.isPresent() || bits != kernelBits();
        }

        @Override
        public int zeroPoint(int column, int block) {
            return (int) BlockQuantizedMatrix.this.zeroPoint(column, block);
        }
    }

    /** The numbers with as many bits as the kernels know. */
    private MemorySegment widened() {
        int to = kernelBits();
        int blockBytes = Math.ceilDiv(blockSize * bits, Byte.SIZE);
        long all = packed.shape().elements() / blockBytes;
        MemorySegment wide = NativeMemory.collected(all * blockSize * to / Byte.SIZE);
        for (long block = 0; block < all; block++) {
            for (int i = 0; i < blockSize; i++) {
                long bit = (block * blockSize + i) * to;
                int number = number(packed, block * blockBytes, i) << (int) (bit % Byte.SIZE);
                byte before = wide.get(ValueLayout.JAVA_BYTE, bit / Byte.SIZE);
                wide.set(ValueLayout.JAVA_BYTE, bit / Byte.SIZE, (byte) (before | number));
            }
        }
        return wide;
    }

    @Override
    public void read(int row, float[] values) {
        for (int block = 0; block < blocks; block++) {
            int first = block * blockSize;
            int last = Math.min(first + blockSize, values.length);
            long bytes = ((long) row * blocks + block) * Math.ceilDiv(blockSize * bits, 8);
            double scale = scale(row, block);
            double zeroPoint = zeroPoint(row, block);
            for (int column = first; column < last; column++) {
                if (groups.length > 0) {
                    scale = scale(row, (int) groups[column]);
                    zeroPoint = zeroPoint(row, (int) groups[column]);
                }
                values[column] = (float) ((number(packed, bytes, column - first) - zeroPoint) * scale);
            }
        }
    }

    private double scale(int row, int block) {
        return RealNumbers.at(scales, (long) row * blocks + block);
    }

    private double zeroPoint(int row, int block) {
        if (zeroPoints.isEmpty()) {
            return 1 << (bits - 1);
        }
        Tensor points = zeroPoints.get();
        return points.dataType() == DataType.UINT8
                ? number(points, (long) row * Math.ceilDiv(blocks * bits, 8), block)
                : RealNumbers.at(points, (long) row * blocks + block);
    }

    /** Number {@code index} of those that begin at a byte. */
    private int number(Tensor tensor, long firstByte, int index) {
        int bit = index * bits;
        int value = tensor.segment().get(ValueLayout.JAVA_BYTE, firstByte + bit / 8) & 0xff;
        if (bit % 8 + bits > 8) {
            value |= (tensor.segment().get(ValueLayout.JAVA_BYTE, firstByte + bit / 8 + 1) & 0xff) << 8;
        }
        return value >>> (bit % 8) & ((1 << bits) - 1);
    }
}
