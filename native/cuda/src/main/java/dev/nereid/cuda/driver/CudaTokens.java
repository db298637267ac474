package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceTokens;
import dev.nereid.tensor.DataType;
import java.util.Locale;

/** Starts the kernels of {@code tokens.cu}. */
final class CudaTokens implements DeviceTokens {
    private final Launcher launcher;
    private final long outside;
    private final Runnable usesIndices;

    /**
     * For one stream.
     *
     * @param outside address of an {@code int} of device memory, 0 until an index is outside
     * @param usesIndices called before kernels that may set it
     */
    CudaTokens(Launcher launcher, long outside, Runnable usesIndices) {
        this.launcher = launcher;
        this.outside = outside;
        this.usesIndices = usesIndices;
    }

    /** Writes Pasts. */
    private void pasts(Pasts pasts) {
        launcher.address(pasts.counts().address())
                .number(pasts.counts().type().bytes())
                .number(pasts.counts().more())
                .number(pasts.present())
                .number(pasts.tokens());
    }

    @Override
    public void rotate(DataType type, Rotation r, long x, long cosines, long sines, long positions, long y) {
        int length = product(r.batch(), r.heads(), r.tokens(), r.size());
        usesIndices.run();
        launcher.begin()
                .address(x)
                .address(y)
                .address(cosines)
                .address(sines)
                .address(positions)
                .address(outside);
        pasts(r.pasts());
        launcher.numbers(r.xStrides(), 3)
                .numbers(r.yStrides(), 3)
                .number(length)
                .number(r.heads())
                .number(r.tokens())
                .number(r.size())
                .number(r.half())
                .number(r.rows())
                .number(r.neighbours())
                .numbers(r.positionStrides(), 2)
                .number(r.rowStrides()[1])
                .number(r.rowStrides()[0])
                .number(0);
        launcher.elements("rotate_" + type.name().toLowerCase(Locale.ROOT), length);
    }

    @Override
    public void append(int elementBytes, Growth g, long past, long x, long y) {
        int length = product(g.batch(), g.heads(), g.capacity(), g.size());
        usesIndices.run();
        launcher.begin().address(past).address(x).address(y).address(outside);
        pasts(g.pasts());
        launcher.numbers(g.xStrides(), 3)
                .number(length)
                .number(g.heads())
                .number(g.room())
                .number(g.capacity())
                .number(g.size());
        launcher.elements("append_" + elementBytes, length);
    }

    private static int product(int batch, int heads, int tokens, int size) {
        return Math.multiplyExact(Math.multiplyExact(batch, heads), Math.multiplyExact(tokens, size));
    }
}
