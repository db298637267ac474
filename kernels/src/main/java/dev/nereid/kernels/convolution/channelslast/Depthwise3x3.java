package dev.nereid.kernels.convolution.channelslast;

import static dev.nereid.kernels.convolution.channelslast.ChannelsLastDepthwise.load;
import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Depthwise 3 x 3 convolution, all rows of a band in one call, because in small layers a call per row would cost more than
 * the sums. Adds up in the same order as {@link ChannelsLastDepthwise}.
 */
final class Depthwise3x3 {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int KERNEL_ROWS = 3;

    /** Vectors of output cells that are summed up side by side. */
    static final int VECTORS = 4;

    /**
     * Where things lie, in bytes.
     *
     * @param row from what an output row reads to what the next one reads
     * @param cell from what an output cell reads to what the next one reads
     * @param vector the same for vectors, which may hold several cells
     * @param tapRow between the rows of the kernel
     * @param tap between the taps of a row
     */
    record Steps(long row, long cell, long vector, long tapRow, long tap) {}

    private Depthwise3x3() {}

    /**
     * Computes rows of output cells for a vector of channels.
     *
     * @param x address of what the first cell of all reads at the first tap; {@code xSteps} from there
     * @param w address of nine vectors of weights, {@code weightBytes} apart
     * @param bias address of a vector that is added to sums; 0 for nothing
     * @param y address of the first cell's result; {@code ySteps} from there, of which taps mean nothing
     * @param cells of a row; at least {@code blockCells}
     * @param blockCells cells in {@link #VECTORS} vectors
     * @param lanes channels to write of a vector
     */
    static void rows(
            long x,
            Steps xSteps,
            long w,
            long weightBytes,
            long bias,
            long y,
            Steps ySteps,
            int rows,
            int cells,
            int blockCells,
            int lanes,
            float low,
            float high) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, lanes);
        FloatVector addend = ChannelsLastDepthwise.addend(bias, mask);
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector least = FloatVector.broadcast(SPECIES, low);
        FloatVector most = FloatVector.broadcast(SPECIES, high);
        long next = xSteps.vector();
        long tap = xSteps.tap();
        for (int row = 0; row < rows; row++) {
            for (int done = 0; done < cells; done += blockCells) {
                // The last block goes over cells of the one before again where the row is no multiple of it.
                long cell = Math.min(done, cells - blockCells);
                long a = x + row * xSteps.row() + cell * xSteps.cell();
                long weight = w;
                FloatVector s0 = zero;
                FloatVector s1 = zero;
                FloatVector s2 = zero;
                FloatVector s3 = zero;
                for (int kernelRow = 0; kernelRow < KERNEL_ROWS; kernelRow++) {
                    FloatVector left = load(weight);
                    FloatVector middle = load(weight + weightBytes);
                    FloatVector right = load(weight + 2 * weightBytes);
                    long b = a + tap;
                    long c = b + tap;
                    s0 = right.fma(load(c), middle.fma(load(b), left.fma(load(a), s0)));
                    s1 = right.fma(load(c + next), middle.fma(load(b + next), left.fma(load(a + next), s1)));
                    s2 = right.fma(
                            load(c + 2 * next), middle.fma(load(b + 2 * next), left.fma(load(a + 2 * next), s2)));
                    s3 = right.fma(
                            load(c + 3 * next), middle.fma(load(b + 3 * next), left.fma(load(a + 3 * next), s3)));
                    a += xSteps.tapRow();
                    weight += 3 * weightBytes;
                }
                long to = y + row * ySteps.row() + cell * ySteps.cell();
                s0 = s0.add(addend);
                s1 = s1.add(addend);
                s2 = s2.add(addend);
                s3 = s3.add(addend);
                s0.blend(least, s0.compare(LE, least))
                        .blend(most, s0.compare(GE, most))
                        .intoMemorySegment(ALL, to, ORDER, mask);
                s1.blend(least, s1.compare(LE, least))
                        .blend(most, s1.compare(GE, most))
                        .intoMemorySegment(ALL, to + ySteps.vector(), ORDER, mask);
                s2.blend(least, s2.compare(LE, least))
                        .blend(most, s2.compare(GE, most))
                        .intoMemorySegment(ALL, to + 2 * ySteps.vector(), ORDER, mask);
                s3.blend(least, s3.compare(LE, least))
                        .blend(most, s3.compare(GE, most))
                        .intoMemorySegment(ALL, to + 3 * ySteps.vector(), ORDER, mask);
            }
        }
    }
}
